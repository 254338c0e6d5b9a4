/// A matrix of `f32`, `[rows, columns]`, row-major, on 64-byte aligned memory that is used again when the last
/// holder lets go. A tensor never changes once it is made.
public struct Tensor: Sendable {
  public let rows: Int
  public let columns: Int
  public let compute: Compute
  private let storage: Storage

  /// A matrix of any content, to be filled by the operation that makes it before anybody else sees it.
  init(uninitialized rows: Int, _ columns: Int, on compute: Compute) {
    precondition(rows >= 0 && columns >= 0, "a tensor of \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.compute = compute
    storage = Storage(byteCount: rows * columns * MemoryLayout<Float>.stride, in: compute.workspace)
  }

  /// `values` are the rows one after the other.
  public init(_ values: [Float], rows: Int, columns: Int, on compute: Compute) {
    precondition(
      values.count == rows * columns,
      "a tensor of \(rows) x \(columns): expected \(rows * columns) values, found \(values.count)")
    self.init(uninitialized: rows, columns, on: compute)
    values.withUnsafeBufferPointer { base.update(from: $0.baseAddress!, count: $0.count) }
  }

  /// All rows of `parts` in their order; all have the same number of columns, and there is at least one.
  public init(stacking parts: [Tensor]) {
    let first = parts[0]
    self.init(uninitialized: parts.reduce(0) { $0 + $1.rows }, first.columns, on: first.compute)
    var row = 0
    for part in parts {
      precondition(part.columns == columns, "stacking rows of \(part.columns) on rows of \(columns)")
      base.advanced(by: row * columns).update(from: part.base, count: part.count)
      row += part.rows
    }
  }

  /// The columns of all `parts` beside each other; all have the same number of rows, and there is at least one.
  public init(beside parts: [Tensor]) {
    let first = parts[0]
    guard parts.count > 1 else {
      self = first
      return
    }
    self.init(uninitialized: first.rows, parts.reduce(0) { $0 + $1.columns }, on: first.compute)
    var column = 0
    for part in parts {
      precondition(part.rows == rows, "\(part.rows) rows beside \(rows)")
      for row in 0..<rows {
        base.advanced(by: row * columns + column).update(from: part.base + row * part.columns, count: part.columns)
      }
      column += part.columns
    }
  }

  /// The rows of `range`, copied.
  public subscript(rows range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    let part = Tensor(uninitialized: range.count, columns, on: compute)
    part.base.update(from: base + range.lowerBound * columns, count: part.count)
    return part
  }

  /// The rows named by `indices`, in their order, copied.
  public func gathering(rows indices: [Int]) -> Tensor {
    let part = Tensor(uninitialized: indices.count, columns, on: compute)
    for (target, source) in indices.enumerated() {
      precondition(source >= 0 && source < rows, "row \(source) of \(rows)")
      part.base.advanced(by: target * columns).update(from: base + source * columns, count: columns)
    }
    return part
  }

  /// The rows one after the other.
  public var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  public func row(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    return Array(UnsafeBufferPointer(start: base + index * columns, count: columns))
  }

  var count: Int { rows * columns }
  var base: UnsafeMutablePointer<Float> { storage.base }
}

/// The memory of one tensor; it goes back to the workspace when no tensor holds it any more.
private final class Storage: @unchecked Sendable {  // sound: written only by the operation that makes the tensor
  private let block: MemoryBlock
  private let workspace: Workspace

  init(byteCount: Int, in workspace: Workspace) {
    block = workspace.allocate(byteCount: byteCount)
    self.workspace = workspace
  }

  var base: UnsafeMutablePointer<Float> { block.base.assumingMemoryBound(to: Float.self) }

  deinit { workspace.recycle(block) }
}
