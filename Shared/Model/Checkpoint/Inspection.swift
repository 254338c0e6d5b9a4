/// A model's files held against its configuration: what is there, what is missing, and what is of another shape or type.
public struct Inspection: Sendable {
  /// A tensor that cannot be computed with.
  public struct Fault: Sendable, Equatable {
    /// By its canonical name.
    public let tensor: String
    /// What, where, expected and found.
    public let message: String
  }

  /// What one part has in the files.
  public struct Part: Sendable, Equatable {
    public let part: ModelPart
    public let tensorCount: Int
    public let parameterCount: Int
    public let byteCount: Int
    /// How many tensors are stored in which type, as the files spell it.
    public let types: [String: Int]
  }

  public let parts: [Part]
  /// Sorted by name; empty for a model that can be served whole.
  public let faults: [Fault]
  /// Tensors that are named by their files and used by nobody.
  public let unusedTensors: [String]

  public init(_ checkpoint: Checkpoint) {
    parts = ModelPart.allCases.map { part in
      let tensors = checkpoint.tensors(of: [part]).values
      return Part(
        part: part, tensorCount: tensors.count,
        parameterCount: tensors.reduce(0) { $0 + $1.shape.reduce(1, *) },
        byteCount: tensors.reduce(0) { $0 + $1.byteCount },
        types: Dictionary(tensors.map { ($0.type, 1) }, uniquingKeysWith: +))
    }
    let expected = checkpoint.configuration.tensorShapes
    // A published model without its tower is whole for a decoder.
    faults = expected.sorted { $0.key < $1.key }
      .filter { checkpoint.hasTower || !$0.key.hasPrefix("vision_tower.") }
      .compactMap { name, shape in
        checkpoint.root.fault(of: name, shape: shape).map { Fault(tensor: name, message: $0) }
      }
    let layersWithoutUse = checkpoint.tensors.filter { expected[$0.key] == nil }.map(\.value.name)
    unusedTensors = (checkpoint.unusedTensors + layersWithoutUse).sorted()
  }
}

extension Weights {
  /// Why a model cannot have this tensor, if it cannot.
  fileprivate func fault(of name: String, shape: [Int]) -> String? {
    do throws(CheckpointError) {
      _ = try matrix(name, shape: shape)
      return nil
    } catch {
      return error.message
    }
  }
}
