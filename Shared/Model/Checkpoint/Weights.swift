public import Numerics

/// A checkpoint seen from one point in its tree of names; a layer asks for its own weights and does not know where it lives.
///
///     let attention = weights["layers.0"]["self_attn"]
///     let query = try attention["q_proj"].matrix("weight", rows: 4096, columns: 4096)
public struct Weights: Sendable {
  private let tensors: [String: StoredTensor]
  /// What a missing weight's error calls the place that was searched.
  private let source: String
  private let path: String

  /// The tensors of one file under the names that the file gives them.
  public init(_ file: SafetensorsFile) {
    self.init(file.tensors, source: file.path)
  }

  init(_ tensors: [String: StoredTensor], source: String, path: String = "") {
    self.tensors = tensors
    self.source = source
    self.path = path
  }

  /// The tree below `name`, which may span several levels ("layers.0").
  public subscript(_ name: String) -> Weights {
    Weights(tensors, source: source, path: "\(path)\(name).")
  }

  /// Whether a tensor of that name is here, whatever its shape.
  public func has(_ name: String) -> Bool { tensors[path + name] != nil }

  /// The matrix `[rows, columns]` as the file has it; nothing is copied.
  public func matrix(_ name: String, rows: Int, columns: Int) throws(CheckpointError) -> WeightMatrix {
    try matrix(name, shape: [rows, columns])
  }

  /// A tensor of exactly `shape` as a matrix of `shape[0]` rows, the other dimensions being one row's columns: a
  /// convolution `[hidden, 3, 14, 14]` is `[hidden, 588]`. Nothing is copied.
  public func matrix(_ name: String, shape: [Int]) throws(CheckpointError) -> WeightMatrix {
    try tensor(name, shape: shape).1
  }

  /// The vector `[count]`, widened to `Float` in a copy: for what is small, a norm, a bias, an embedding of one token.
  public func vector(_ name: String, count: Int) throws(CheckpointError) -> [Float] {
    let (tensor, matrix) = try tensor(name, shape: [count])
    return tensor.file.floats(tensor.range, as: matrix.type)
  }

  private func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> (StoredTensor, WeightMatrix) {
    guard let found = tensors[path + name] else {
      throw CheckpointError(
        code: .missingTensor, message: "\(source): \(path + name): expected a tensor of shape \(shape), found none")
    }
    let place = "\(found.file.path): \(found.name)"
    guard found.shape == shape else {
      throw CheckpointError(code: .shapeMismatch, message: "\(place): expected shape \(shape), found \(found.shape)")
    }
    guard let matrix = found.matrix else {
      throw CheckpointError(
        code: .unsupportedType,
        message: "\(place): expected the type \(WeightType.allCases.map(\.rawValue).joined(separator: ", ")), "
          + "found \(found.type)")
    }
    return (found, matrix)
  }
}
