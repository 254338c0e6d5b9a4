import Crypto

/// Which weights these are, told from a few pages of each: a decoder can say which tower its checkpoint was trained with
/// without reading the tower.
///
/// SHA-256 over each tensor in the order of canonical names: name, shape, type, then three samples of 4 KiB (first,
/// middle, last), or all of a tensor that has no more than that.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// In lower-case hexadecimal.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Bytes of one sample: a page.
  private static let sampleByteCount = 4_096

  /// `tensors` by canonical name.
  init(of tensors: [String: StoredTensor]) {
    var hash = SHA256()
    for tensor in tensors.values { Self.samples(of: tensor.range).forEach(tensor.file.prefetch) }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let shape = tensor.shape.map(String.init).joined(separator: "x")
      hash.update(data: Array("\(name)\0\(shape)\0\(tensor.type)\0".utf8))
      for sample in Self.samples(of: tensor.range) {
        hash.update(data: tensor.file.bytes(sample))
      }
      tensor.file.release(tensor.range)
    }
    bytes = Array(hash.finalize())
  }

  private static func samples(of range: Range<Int>) -> [Range<Int>] {
    let size = sampleByteCount
    guard range.count > 3 * size else { return [range] }
    let middle = range.lowerBound + (range.count - size) / 2
    return [
      range.lowerBound..<range.lowerBound + size, middle..<middle + size, range.upperBound - size..<range.upperBound,
    ]
  }
}
