import Checkpoint
import Foundation
import Launch

/// What the originals give for known inputs; it comes with the program, and its README says what made it.
struct GoldenSet: Sendable {
  let path: String

  /// No file of it is longer but those that are mapped.
  private static let fileByteLimit = 1 << 20

  init(path: String) { self.path = path }

  /// The one that is installed beside the program.
  static func installed() throws(LaunchError) -> GoldenSet {
    GoldenSet(path: try Installation.path(of: "golden", holding: "README.md"))
  }

  func bytes(_ name: String) throws(LaunchError) -> [UInt8] {
    try fileBytes(at: "\(path)/\(name)", limit: Self.fileByteLimit)
  }

  func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let bytes = try bytes(name)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw LaunchError(.file, "\(path)/\(name): \(error)")
    }
  }

  /// A LLaVA-1.5 with random weights, and what transformers computes with it.
  var tiny: ModelPaths { ModelPaths("\(path)/tinyfix") }

  /// What a user can do about a golden value that is not met.
  static let advice =
    "do not trust answers on this machine: install llava again (deploy/install.sh), which restores golden files too"
}
