public import Numerics

/// One tensor where it lies: a stretch of bytes in a mapped file, with the shape and type that the file gives it.
///
/// Every file format ends here; what comes after never asks which one it was.
public struct StoredTensor: Sendable {
  /// The name that the file has it under.
  public let name: String
  public let shape: [Int]
  /// The type as the file spells it ("BF16").
  public let type: String
  /// The type when it is one that models compute with.
  public let weightType: WeightType?
  /// Rows of the first dimension lie in this order.
  public internal(set) var order = RowOrder.natural
  let range: Range<Int>
  let file: MappedFile

  public var byteCount: Int { range.count }
  /// The file that it lies in.
  public var path: String { file.path }

  /// The whole as a matrix of as many rows as its first dimension says; a vector is one row. Nothing is copied. Nil
  /// where models do not compute with its type.
  var matrix: WeightMatrix? {
    weightType.map { type in
      file.matrix(
        range, rows: shape.count > 1 ? shape[0] : 1, columns: shape.dropFirst(shape.count > 1 ? 1 : 0).reduce(1, *),
        as: type, order: order)
    }
  }

  /// A copy of its bytes, row-major and little-endian.
  public var bytes: [UInt8] { file.bytes(range) }
}
