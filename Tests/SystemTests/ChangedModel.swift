import Clusters
import Foundation
import Testing

/// Copies of the demonstration model that are other models.
enum ChangedModel {
  /// A copy in a folder of the same name, changed.
  static func demo(named name: String = "demo", _ change: (URL) throws -> Void) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)/\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in try FileManager.default.contentsOfDirectory(atPath: TestModel.demo)
    where !["eval", "samples"].contains(file) {
      try FileManager.default.copyItem(
        atPath: "\(TestModel.demo)/\(file)", toPath: folder.appendingPathComponent(file).path)
    }
    try change(folder)
    return folder.path
  }

  /// Its features come from another layer.
  static func ofAnotherLayer() throws -> String {
    try demo { folder in
      let path = folder.appendingPathComponent("config.json")
      let text = try String(contentsOf: path, encoding: .utf8)
      try text.replacingOccurrences(of: "\"vision_feature_layer\": -2", with: "\"vision_feature_layer\": -3")
        .write(to: path, atomically: true, encoding: .utf8)
    }
  }

  /// One of its tower's numbers is another.
  static func ofAnotherTower() throws -> String {
    try demo { folder in
      let path = folder.appendingPathComponent("model.safetensors")
      var bytes = try Data(contentsOf: path)
      let header = Int(
        bytes.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) })
      let names = try #require(
        try JSONSerialization.jsonObject(with: bytes[8..<8 + header]) as? [String: [String: Any]])
      let name = try #require(names.keys.first { $0.contains("class_embedding") })
      let offset = try #require((names[name]?["data_offsets"] as? [Int])?.first)
      bytes[8 + header + offset] ^= 1
      try bytes.write(to: path)
    }
  }

  static func remove(_ model: String) throws {
    try FileManager.default.removeItem(at: URL(fileURLWithPath: model).deletingLastPathComponent())
  }
}
