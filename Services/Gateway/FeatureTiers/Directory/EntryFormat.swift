import Crypto

/// How an entry lies in its file:
///
///     8 bytes   "LLAVAFT1"
///     32        key
///     32        contract
///     n         value
///     32        SHA-256 over all of the above
enum EntryFormat {
  private static let mark = Array("LLAVAFT1".utf8)
  static let overhead = mark.count + 3 * TierKey.digestByteCount

  static func bytes(of value: [UInt8], under key: TierKey) -> [UInt8] {
    let signed = mark + key.bytes + key.contract + value
    return signed + SHA256.hash(data: signed)
  }

  /// The value; nothing where a bit is another than was written, or the entry is another's.
  static func value(in bytes: [UInt8], under key: TierKey) -> [UInt8]? {
    guard bytes.count >= overhead, bytes.starts(with: mark + key.bytes + key.contract) else { return nil }
    let end = bytes.count - TierKey.digestByteCount
    guard SHA256.hash(data: bytes[..<end]) == bytes[end...] else { return nil }
    return Array(bytes[(overhead - TierKey.digestByteCount)..<end])
  }
}
