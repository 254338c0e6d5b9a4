public import Checkpoint
import Foundation
import Numerics

/// A tiny checkpoint of `Tests/Golden/checkpoints`, and what the reference computes with it.
public struct CheckpointGolden: Sendable {
  /// A question in one prompt: its ids, and the 24 likeliest tokens that follow.
  public struct Answer: Decodable, Sendable {
    public let inputIDs: [Int32]
    public let greedyIDs: [Int32]

    enum CodingKeys: String, CodingKey {
      case inputIDs = "input_ids"
      case greedyIDs = "greedy_ids"
    }
  }

  private struct File: Decodable {
    let transformers: Answer?
  }

  /// The folders, each another shape of a checkpoint.
  public static let names = [
    "hf", "hf-sharded", "hf-bin", "hf-v5", "original", "original-unfrozen", "original-linear", "original-mlp3x",
    "gguf-f32", "gguf-f16", "gguf-legacy", "gguf-q8_0", "mistral", "gqa", "silu-projector", "layer-3", "layers-list",
    "full", "rope-theta", "tied",
  ]

  public static let question = "What is shown in this image?"
  public static let picture = "Tests/Golden/checkpoints/picture.png"
  /// Pixels along one side of a view.
  public static let side = 42

  public let paths: ModelPaths
  /// As the original asks.
  public let original: Answer
  /// As transformers' processor asks, where the folder has it.
  public let transformers: Answer?
  private let arrays: SafetensorsFile

  public init(_ name: String) throws {
    let folder = Fixture.path("Tests/Golden/checkpoints/\(name)")
    paths = ModelPaths(
      folder, visionTower: name.hasPrefix("original") ? Fixture.path("Tests/Golden/checkpoints/clip") : nil)
    let json = Data(try Fixture.bytes(of: "Tests/Golden/checkpoints/\(name)/golden.json"))
    original = try JSONDecoder().decode(Answer.self, from: json)
    transformers = try JSONDecoder().decode(File.self, from: json).transformers
    arrays = try SafetensorsFile(path: "\(folder)/golden.safetensors")
  }

  /// One of the layouts of the model that splits pictures; `next` has what the reference computes with all of them.
  public static func splitting(_ layout: String) throws -> Checkpoint {
    let tower = layout == "next-original" ? Fixture.path("Tests/Golden/checkpoints/clip") : nil
    return try Checkpoint(ModelPaths(Fixture.path("Tests/Golden/checkpoints/\(layout)"), visionTower: tower))
  }

  /// `features`, `projected` or `logits` (of the prompt's last position), row by row; empty where the folder has none.
  public func array(_ name: String) -> [Float] {
    guard let tensor = arrays[name] else { return [] }
    return tensor.bytes.withUnsafeBytes { WeightType.f32.decoded($0) }
  }
}
