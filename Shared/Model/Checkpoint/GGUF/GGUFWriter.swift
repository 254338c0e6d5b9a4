public import Numerics

/// A tensor that a GGUF file is to have.
public struct GGUFTensor: Sendable, Equatable {
  public let name: String
  /// Outermost dimension first.
  public let shape: [Int]
  public let type: WeightType

  public init(name: String, shape: [Int], type: WeightType) {
    self.name = name
    self.shape = shape
    self.type = type
  }
}

/// Writes a GGUF file, version 3: the header at once, then the tensors' bytes as they come, aligned to 32 bytes.
///
///     var writer = try GGUFWriter(path: path, metadata: pairs, tensors: tensors)
///     for chunk in chunks { try writer.write(chunk) }
///     try writer.finish()
///
/// The file has its name only after `finish`, and nothing is left of one that did not come so far.
public struct GGUFWriter: ~Copyable {
  private let path: String
  private let file: PartialFile
  private let plan: GGUFPlan
  /// Of `plan.tensors`, the one whose bytes are written.
  private var index = 0
  /// Bytes of it that are written.
  private var writtenByteCount = 0

  /// Metadata is written in its order, which llama.cpp wants to begin with `general.architecture`. Throws `unwritable`
  /// for what the format or ggml does not allow, and where the file cannot be made.
  public init(path: String, metadata: [(key: String, value: GGUFValue)], tensors: [GGUFTensor]) throws(CheckpointError)
  {
    let plan = try GGUFPlan(path: path, metadata: metadata, tensors: tensors)
    let file = try PartialFile(path: path)
    try file.write(plan.header)
    self.file = file
    self.path = path
    self.plan = plan
  }

  /// The next bytes of the tensor that is being written; they may not reach into the one after it. Tensors without
  /// bytes are passed by.
  public mutating func write(_ chunk: [UInt8]) throws(CheckpointError) {
    guard !chunk.isEmpty else { return }
    passEmptyTensors()
    precondition(index < plan.byteCounts.count, "\(chunk.count) bytes after the last tensor of \(path)")
    let left = plan.byteCounts[index] - writtenByteCount
    precondition(
      chunk.count <= left, "\(plan.tensors[index].name): \(left) bytes are left to write, \(chunk.count) were given")
    try file.write(chunk)
    writtenByteCount += chunk.count
    guard chunk.count == left else { return }
    // ggml reads the last tensor's padding too.
    let padding = GGUFPlan.padded(plan.byteCounts[index]) - plan.byteCounts[index]
    if padding > 0 { try file.write([UInt8](repeating: 0, count: padding)) }
    index += 1
    writtenByteCount = 0
  }

  /// Gives the file its name, after the last tensor's last byte.
  public consuming func finish() throws(CheckpointError) {
    passEmptyTensors()
    precondition(
      index == plan.tensors.count, "\(path): \(plan.tensors.count) tensors were declared, \(index) were written")
    try file.finish()
  }

  private mutating func passEmptyTensors() {
    while index < plan.byteCounts.count, plan.byteCounts[index] == 0 { index += 1 }
  }
}
