import Contracts
import FeatureTiers

/// How a view's features lie in a tier:
///
///     1 byte    the numbers' type: 0 for f16, 1 for f32
///     2         bytes of the worker's name, little-endian
///     n         the worker that made them
///     32        SHA-256 of the features
///     m         the features, row by row
extension SeenView {
  private static let elements: [FeatureElement] = [.f16, .f32]
  private static let digestByteCount = 32

  var tierBytes: [UInt8] {
    let name = worker.utf8.prefix(Int(UInt16.max))
    let head = [features.element == .f16 ? 0 : 1, UInt8(name.count & 0xff), UInt8(name.count >> 8)]
    return head + name + features.digest + features.bytes
  }

  /// Nothing where the bytes are not features of `element` that `contract` promises.
  init?(tierBytes bytes: [UInt8], element: FeatureElement, contract: FeatureContract) {
    guard bytes.count >= 3, bytes[0] < Self.elements.count, Self.elements[Int(bytes[0])] == element else { return nil }
    let nameEnd = 3 + Int(bytes[1]) + Int(bytes[2]) << 8
    let start = nameEnd + Self.digestByteCount
    guard bytes.count == start + contract.tokenCount * contract.width * element.byteCount else { return nil }
    let features = ViewFeatures(
      element: element, tokenCount: contract.tokenCount, width: contract.width, bytes: Array(bytes[start...]))
    guard features.digest.elementsEqual(bytes[nameEnd..<start]) else { return nil }
    self.init(features: features, timings: [], worker: String(decoding: bytes[3..<nameEnd], as: UTF8.self))
  }

  static func coding(_ element: FeatureElement, _ contract: FeatureContract) -> SecondTier.Coding<SeenView> {
    SecondTier.Coding(
      bytes: \.tierBytes, value: { SeenView(tierBytes: $0, element: element, contract: contract) })
  }
}
