import Foundation

/// The weight files of a Hugging Face directory: one `model.safetensors`, or shards and the index that places each name.
enum TensorFiles {
  private static let single = "model.safetensors"
  private static let index = "model.safetensors.index.json"

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// Every tensor by the name that its file gives it.
  static func open(_ directory: String) throws(CheckpointError) -> [String: StoredTensor] {
    if FileManager.default.fileExists(atPath: "\(directory)/\(single)") {
      return try SafetensorsFile(path: "\(directory)/\(single)").tensors
    }
    if FileManager.default.fileExists(atPath: "\(directory)/\(index)") {
      return try shards(directory)
    }
    // An unreadable directory shows as an empty one: the error below names what is missing either way.
    let found = (try? FileManager.default.contentsOfDirectory(atPath: directory).sorted()) ?? []
    throw CheckpointError(
      code: .unreadable,
      message: "\(directory): expected \(single) or \(index), found "
        + (found.isEmpty ? "no files" : found.prefix(20).joined(separator: ", ")))
  }

  private static func shards(_ directory: String) throws(CheckpointError) -> [String: StoredTensor] {
    let path = "\(directory)/\(index)"
    let placed = try JSONText(path: path).decode(Index.self).weightMap
    let names = Set(placed.values).sorted()
    guard (1...Limits.shardCount).contains(names.count) else {
      throw CheckpointError(
        code: .malformed, message: "\(path): expected 1 to \(Limits.shardCount) files, found \(names.count)")
    }
    var files: [String: SafetensorsFile] = [:]
    for name in names {
      // A name with a folder in it could lead anywhere on this machine.
      guard !name.contains("/"), !name.contains("\0"), name.hasSuffix(".safetensors") else {
        throw CheckpointError(
          code: .malformed, message: "\(path): expected the names of safetensors files beside it, found \"\(name)\"")
      }
      files[name] = try SafetensorsFile(path: "\(directory)/\(name)")
    }
    var tensors: [String: StoredTensor] = [:]
    for (tensor, file) in placed.sorted(by: { $0.key < $1.key }) {
      guard let found = files[file]?[tensor] else {
        throw CheckpointError(
          code: .missingTensor,
          message: "\(directory)/\(file): expected \(tensor), which \(index) places here, found none")
      }
      tensors[tensor] = found
    }
    return tensors
  }
}
