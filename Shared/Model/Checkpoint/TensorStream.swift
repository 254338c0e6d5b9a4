public import Numerics

/// A tensor on its way to another file: in another type or row order, a piece at a time.
public struct TensorStream: Sendable {
  public let type: WeightType
  public let shape: [Int]
  private let source: WeightMatrix
  private let tensor: StoredTensor
  private let order: RowOrder

  /// Bytes of a piece of the source: what a conversion holds in memory.
  private static let pieceByteCount = 4 << 20

  /// `rowCount`, where it is more than the tensor has, is reached with rows of zeros. Throws where the tensor's own type
  /// is none that models compute with, or `type` is none that can be made.
  public init(
    _ tensor: StoredTensor, as type: WeightType, order: RowOrder = .natural, rowCount: Int? = nil
  ) throws(CheckpointError) {
    guard let source = tensor.matrix else {
      throw CheckpointError(
        code: .unsupportedType,
        message: "\(tensor.path): \(tensor.name): expected a type that models compute with, found \(tensor.type)")
    }
    guard type == source.type || type.canEncode, source.columns.isMultiple(of: type.blockElementCount) else {
      throw CheckpointError(
        code: .unsupportedType,
        message: "\(tensor.path): \(tensor.name): rows of \(source.columns) numbers cannot be made \(type.rawValue)")
    }
    self.type = type
    self.tensor = tensor
    self.source = source
    self.order = order
    var shape = tensor.shape
    if let rowCount, shape.count > 1 { shape[0] = max(rowCount, shape[0]) }
    self.shape = shape
  }

  public var byteCount: Int { type.byteCount(of: shape.reduce(1, *)) }

  /// The bytes in their order, some rows at a time.
  public func forEachPiece(_ body: ([UInt8]) throws(CheckpointError) -> Void) throws(CheckpointError) {
    let rowByteCount = max(1, source.type.byteCount(of: source.columns))
    let height = max(1, Self.pieceByteCount / rowByteCount)
    for start in stride(from: 0, to: source.rows, by: height) {
      try body(converted(start..<min(start + height, source.rows)))
    }
    let zeros = type.byteCount(of: source.columns)
    for _ in source.rows..<max(source.rows, shape.count > 1 ? shape[0] : 0) {
      try body([UInt8](repeating: 0, count: zeros))
    }
  }

  private func converted(_ rows: Range<Int>) -> [UInt8] {
    let bytes = source.order == order ? stored(rows) : rows.flatMap { stored(sourceRow($0)..<sourceRow($0) + 1) }
    guard type != source.type else { return bytes }
    return type.encoded(bytes.withUnsafeBytes { source.type.decoded($0) })
  }

  private func stored(_ rows: Range<Int>) -> [UInt8] {
    let byteCount = source.type.byteCount(of: source.columns)
    let start = tensor.range.lowerBound
    return tensor.file.bytes(start + rows.lowerBound * byteCount..<start + rows.upperBound * byteCount)
  }

  /// Where the file has what is this row of the result.
  private func sourceRow(_ row: Int) -> Int {
    source.order.stored(order.natural(row, of: source.rows), of: source.rows)
  }
}
