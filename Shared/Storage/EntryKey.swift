/// What an entry is called, and what has to agree besides for it to be used.
public struct EntryKey: Hashable, Sendable {
  /// Bytes of either digest.
  public static let digestByteCount = 32

  /// SHA-256 over all that tells entries apart.
  public let bytes: [UInt8]
  /// SHA-256 over what makes an entry fit to be used here.
  public let contract: [UInt8]

  public init(bytes: [UInt8], contract: [UInt8]) {
    precondition(
      bytes.count == Self.digestByteCount && contract.count == Self.digestByteCount,
      "a key of \(bytes.count) and a contract of \(contract.count) bytes; both have \(Self.digestByteCount)")
    self.bytes = bytes
    self.contract = contract
  }

  /// The name of its file.
  var name: String { hexadecimal(bytes) }
}

package func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
