import Foundation

/// The weight files of a Hugging Face directory: one file, or shards and the index that places each name. Safetensors
/// come first, as with transformers.
enum TensorFiles {
  private struct Format: Sendable {
    let name: String
    /// The file where there is one.
    let single: String
    /// What the names of shards end with.
    let suffix: String
    let open: @Sendable (_ path: String) throws(CheckpointError) -> [String: StoredTensor]

    var index: String { "\(single).index.json" }
  }

  private static let formats = [
    Format(name: "safetensors", single: "model.safetensors", suffix: ".safetensors") { (path) throws(CheckpointError) in
      try SafetensorsFile(path: path).tensors
    },
    Format(name: "PyTorch", single: "pytorch_model.bin", suffix: ".bin") { (path) throws(CheckpointError) in
      try TorchFile(path: path).tensors
    },
  ]

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// Every tensor by the name that its file gives it.
  static func open(_ directory: String) throws(CheckpointError) -> [String: StoredTensor] {
    let folder = ModelFolder(directory)
    for format in formats {
      if folder.has(format.single) { return try format.open("\(directory)/\(format.single)") }
      if folder.has(format.index) { return try shards(directory, format) }
    }
    let expected = formats.flatMap { [$0.single, $0.index] }
    throw CheckpointError(
      code: .unreadable,
      message: "\(directory): expected \(expected.dropLast().joined(separator: ", ")) or \(expected.last ?? ""), found "
        + folder.contents)
  }

  private static func shards(
    _ directory: String, _ format: Format
  ) throws(CheckpointError) -> [String: StoredTensor] {
    let path = "\(directory)/\(format.index)"
    let placed = try JSONText(path: path).decode(Index.self).weightMap
    let names = Set(placed.values).sorted()
    guard (1...Limits.shardCount).contains(names.count) else {
      throw CheckpointError(
        code: .malformed, message: "\(path): expected 1 to \(Limits.shardCount) files, found \(names.count)")
    }
    var files: [String: [String: StoredTensor]] = [:]
    for name in names {
      // A name with a folder in it could lead anywhere on this machine.
      guard !name.contains("/"), !name.contains("\0"), name.hasSuffix(format.suffix) else {
        throw CheckpointError(
          code: .malformed, message: "\(path): expected the names of \(format.name) files beside it, found \"\(name)\"")
      }
      files[name] = try format.open("\(directory)/\(name)")
    }
    var tensors: [String: StoredTensor] = [:]
    for (tensor, file) in placed.sorted(by: { $0.key < $1.key }) {
      guard let found = files[file]?[tensor] else {
        throw CheckpointError(
          code: .missingTensor,
          message: "\(directory)/\(file): expected \(tensor), which \(format.index) places here, found none")
      }
      tensors[tensor] = found
    }
    return tensors
  }
}
