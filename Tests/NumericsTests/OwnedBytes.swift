import Numerics

/// Weights in memory of their own.
final class OwnedBytes: @unchecked Sendable {  // sound: written once, before anybody else has it
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ values: [UInt8]) {
    bytes = .allocate(byteCount: values.count, alignment: 1)
    bytes.copyBytes(from: values)
  }

  deinit { bytes.deallocate() }

  func matrix(rows: Int, columns: Int, type: WeightType) -> WeightMatrix {
    WeightMatrix(
      rows: rows, columns: columns, type: type, bytes: UnsafeRawBufferPointer(bytes), keepingAlive: self)
  }

  static func matrix(_ values: [Float], rows: Int, columns: Int, type: ElementType = .f32) -> WeightMatrix {
    OwnedBytes(type.encoded(values)).matrix(rows: rows, columns: columns, type: WeightType(type))
  }
}
