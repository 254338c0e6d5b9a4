public import Checkpoint
import Foundation
public import Numerics
public import Tokenizer

/// A model on its way into another layout on disk.
public struct Conversion: Sendable {
  public enum Target: String, Sendable, CaseIterable {
    /// A directory as transformers writes it.
    case safetensors
    /// A directory with a language model's file and a tower's (mmproj), as llama.cpp reads them.
    case gguf
  }

  /// A file with tensors that will be written.
  public struct Output: Sendable {
    public let name: String
    public let tensors: [(name: String, stream: TensorStream)]
    /// Bytes of its tensors.
    public var byteCount: Int { tensors.reduce(0) { $0 + $1.stream.byteCount } }
  }

  public let outputs: [Output]
  private let write: @Sendable (_ directory: String, _ advance: (Int) -> Void) throws(CheckpointError) -> Void

  /// What numbers become; where nothing is said, they stay what they are, or f16 where blocks have no place.
  public struct Types: Sendable {
    /// Of numbers that are stored one by one.
    public var plain: WeightType?
    /// Of the matrices of the language model.
    public var blocks: WeightType?

    public init(plain: WeightType? = nil, blocks: WeightType? = nil) {
      self.plain = plain
      self.blocks = blocks
    }
  }

  /// Throws what cannot be said in the target's files.
  public init(
    _ checkpoint: Checkpoint, _ tokenizer: Tokenizer, to target: Target, as types: Types = Types()
  ) throws(CheckpointError) {
    guard checkpoint.hasTower else {
      throw CheckpointError(
        code: .missingTensor,
        message: "\(checkpoint.path): the vision tower \"\(checkpoint.towerName ?? "")\" is not in the model's files: "
          + "name its directory with --vision-tower")
    }
    if let fault = Inspection(checkpoint).faults.first {
      throw CheckpointError(code: .missingTensor, message: fault.message)
    }
    switch target {
    case .safetensors:
      guard types.blocks == nil else {
        throw CheckpointError(
          code: .unsupportedType, message: "safetensors have no blocks: leave --quantize out, or convert to gguf")
      }
      let model = try HuggingFaceOutput(checkpoint, tokenizer, as: types.plain)
      outputs = [model.output]
      write = { directory, advance throws(CheckpointError) in try model.write(to: directory, advance: advance) }
    case .gguf:
      let pair = try GGUFOutput(checkpoint, tokenizer, as: types)
      outputs = pair.outputs
      write = { directory, advance throws(CheckpointError) in try pair.write(to: directory, advance: advance) }
    }
  }

  public var byteCount: Int { outputs.reduce(0) { $0 + $1.byteCount } }

  /// Writes all files into `directory`, which is made if it is not there and must be empty. A file has its name only once
  /// it is whole. `advance` hears of the bytes of each piece of a tensor.
  public func write(to directory: String, advance: (Int) -> Void) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let found = try FileManager.default.contentsOfDirectory(atPath: directory)
      guard found.isEmpty else {
        throw CheckpointError(
          code: .unwritable, message: "\(directory): expected an empty directory, found \(found.sorted()[0])")
      }
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(code: .unwritable, message: "\(directory): \(error.localizedDescription)")
    }
    try write(directory, advance)
  }
}
