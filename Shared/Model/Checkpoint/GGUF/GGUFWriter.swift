import Foundation
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
/// The bytes go to `path` with ".partial" behind it, and take the name in `finish`: a run that was interrupted leaves
/// nothing under the name, and a writer that is let go before takes its partial file away.
public struct GGUFWriter: ~Copyable {
  private let path: String
  private let file: FileHandle
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
    let partial = Self.partial(path)
    unlink(partial)  // what an interrupted run left; where it cannot be removed, opening says why
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw GGUFPlan.unwritable(partial, String(cString: strerror(errno))) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try file.write(contentsOf: plan.header)
    } catch {
      unlink(partial)
      throw GGUFPlan.unwritable(partial, Self.reason(error))
    }
    self.path = path
    self.file = file
    self.plan = plan
  }

  deinit { unlink(Self.partial(path)) }

  /// The next bytes of the tensor that is being written; they may not reach into the one after it. Tensors without
  /// bytes are passed by.
  public mutating func write(_ chunk: [UInt8]) throws(CheckpointError) {
    guard !chunk.isEmpty else { return }
    passEmptyTensors()
    precondition(index < plan.byteCounts.count, "\(chunk.count) bytes after the last tensor of \(path)")
    let left = plan.byteCounts[index] - writtenByteCount
    precondition(
      chunk.count <= left, "\(plan.tensors[index].name): \(left) bytes are left to write, \(chunk.count) were given")
    try put(chunk)
    writtenByteCount += chunk.count
    guard chunk.count == left else { return }
    // ggml reads the last tensor's padding too.
    let padding = GGUFPlan.padded(plan.byteCounts[index]) - plan.byteCounts[index]
    if padding > 0 { try put([UInt8](repeating: 0, count: padding)) }
    index += 1
    writtenByteCount = 0
  }

  /// Gives the file its name, after the last tensor's last byte.
  public consuming func finish() throws(CheckpointError) {
    passEmptyTensors()
    precondition(
      index == plan.tensors.count, "\(path): \(plan.tensors.count) tensors were declared, \(index) were written")
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw GGUFPlan.unwritable(Self.partial(path), Self.reason(error))
    }
    guard rename(Self.partial(path), path) == 0 else {
      throw GGUFPlan.unwritable(path, String(cString: strerror(errno)))
    }
  }

  private mutating func passEmptyTensors() {
    while index < plan.byteCounts.count, plan.byteCounts[index] == 0 { index += 1 }
  }

  private func put(_ bytes: [UInt8]) throws(CheckpointError) {
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw GGUFPlan.unwritable(Self.partial(path), Self.reason(error))
    }
  }

  private static func partial(_ path: String) -> String { path + ".partial" }

  /// The system's own words where Foundation has kept its error.
  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
  }
}
