import Foundation

/// The weight files of a directory: one file, or shards and the index that places each name; safetensors before torch's.
enum TensorFiles {
  /// How files of one format are called and opened.
  private struct Format {
    let single: String
    let index: String
    let ending: String
    let open: (String) throws(CheckpointError) -> [String: StoredTensor]
  }

  private static var formats: [Format] {
    [
      Format(single: "model.safetensors", index: "model.safetensors.index.json", ending: ".safetensors") {
        path throws(CheckpointError) in try SafetensorsFile(path: path).tensors
      },
      Format(single: "pytorch_model.bin", index: "pytorch_model.bin.index.json", ending: ".bin") {
        path throws(CheckpointError) in try TorchFile(path: path).tensors
      },
    ]
  }

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// Every tensor by the name that its file gives it.
  static func open(_ folder: ModelFolder) throws(CheckpointError) -> [String: StoredTensor] {
    for format in formats {
      if folder.has(format.single) { return try format.open(folder.path(of: format.single)) }
      if folder.has(format.index) { return try shards(folder, format) }
    }
    let names = formats.flatMap { [$0.single, $0.index] }
    throw CheckpointError(
      code: .unreadable,
      message:
        "\(folder.path): expected \(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1]), found "
        + folder.contents)
  }

  private static func shards(
    _ folder: ModelFolder, _ format: Format
  ) throws(CheckpointError) -> [String: StoredTensor] {
    let path = folder.path(of: format.index)
    let placed = try JSONText(path: path).decode(Index.self).weightMap
    let names = Set(placed.values).sorted()
    guard (1...Limits.shardCount).contains(names.count) else {
      throw CheckpointError(
        code: .malformed, message: "\(path): expected 1 to \(Limits.shardCount) files, found \(names.count)")
    }
    var files: [String: [String: StoredTensor]] = [:]
    for name in names {
      // A name with a folder in it could lead anywhere on this machine.
      guard !name.contains("/"), !name.contains("\0"), name.hasSuffix(format.ending) else {
        throw CheckpointError(
          code: .malformed,
          message: "\(path): expected the names of \(format.ending.dropFirst()) files beside it, found \"\(name)\"")
      }
      files[name] = try format.open(folder.path(of: name))
    }
    var tensors: [String: StoredTensor] = [:]
    for (tensor, file) in placed.sorted(by: { $0.key < $1.key }) {
      guard let found = files[file]?[tensor] else {
        throw CheckpointError(
          code: .missingTensor,
          message: "\(folder.path(of: file)): expected \(tensor), which \(format.index) places here, found none")
      }
      tensors[tensor] = found
    }
    return tensors
  }
}
