/// A matrix of weights `[rows, columns]`, row-major, in the type that the file has it in.
///
/// Nothing is copied: the bytes belong to `owner` (a mapped file), and a product widens them panel by panel, or packs
/// them once.
/// They need not be aligned, since safetensors does not promise it.
public struct WeightMatrix: @unchecked Sendable {  // sound: the bytes are never written, and `owner` keeps them mapped
  public let rows: Int
  public let columns: Int
  public let type: WeightType
  /// Where the rows of results belong; a product undoes it.
  public let order: RowOrder
  /// Whether the bytes are pages of a file, which may be let go and read again.
  let isMapped: Bool
  let base: UnsafeRawPointer
  private let owner: any AnyObject & Sendable

  /// `bytes` must be exactly `rows * columns` numbers that stay as they are while `owner` lives, and a row whole blocks.
  /// `isMapped` says that they are pages of a file, shared and never written: only those may be let go of.
  public init(
    rows: Int, columns: Int, type: WeightType, order: RowOrder = .natural, bytes: UnsafeRawBufferPointer,
    isMapped: Bool = false, keepingAlive owner: any AnyObject & Sendable
  ) {
    precondition(
      columns.isMultiple(of: type.blockElementCount),
      "weights of \(rows) x \(columns) \(type): a row is not whole blocks of \(type.blockElementCount)")
    let expected = rows * type.byteCount(of: columns)
    precondition(
      bytes.count == expected,
      "weights of \(rows) x \(columns) \(type): expected \(expected) bytes, found \(bytes.count)")
    self.rows = rows
    self.columns = columns
    self.type = type
    self.order = order
    self.isMapped = isMapped
    base = bytes.baseAddress!
    self.owner = owner
  }

  /// The rows named by `indices`, widened: `[indices, columns]`.
  public func gathering(rows indices: some Collection<Int32>, on compute: Compute) -> Tensor {
    precondition(order == .natural, "rows of a matrix in the order \(order)")
    let result = Tensor(uninitialized: indices.count, columns, on: compute)
    for (target, source) in indices.enumerated() {
      precondition(source >= 0 && source < rows, "row \(source) of \(rows)")
      compute.kernels.widen(result.base + target * columns, address(row: Int(source)), type.stored, columns)
    }
    return result
  }

  func address(row: Int) -> UnsafeRawPointer { base + row * type.byteCount(of: columns) }
}
