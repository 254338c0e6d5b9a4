import Crypto

/// What a client shows a gateway: `llava_ID_SECRET`, both in hexadecimal. The id finds the record, the secret proves it.
public struct Token: Sendable {
  static let idByteCount = 6
  static let secretByteCount = 32

  /// 12 characters; no secret.
  public let id: String
  private let secret: [UInt8]

  /// A new one. Its 256 random bits cannot be guessed, so that its digest needs no slow hash: those are for passwords,
  /// of which there are few enough to try.
  init(using generator: inout some RandomNumberGenerator) {
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
    id = bytes(Self.idByteCount).hexadecimal
    secret = bytes(Self.secretByteCount)
  }

  /// Nothing where the text is no token.
  public init?(_ text: String) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "llava", let id = [UInt8](hexadecimal: parts[1], count: Self.idByteCount),
      let secret = [UInt8](hexadecimal: parts[2], count: Self.secretByteCount)
    else { return nil }
    self.id = id.hexadecimal
    self.secret = secret
  }

  /// The whole of it: a secret, shown once.
  public var text: String { "llava_\(id)_\(secret.hexadecimal)" }

  /// SHA-256 of the secret: all that a gateway keeps.
  var digest: SecretDigest { SecretDigest(bytes: Array(SHA256.hash(data: secret))) }
}

/// A digest that is compared in constant time, and in no other way: it is not `Equatable`.
struct SecretDigest: Sendable {
  let bytes: [UInt8]

  /// Looks at every byte, whatever the first ones are, so that the time says nothing of how many are right.
  func matches(_ other: SecretDigest) -> Bool {
    guard bytes.count == other.bytes.count else { return false }
    var difference: UInt8 = 0
    for index in bytes.indices { difference |= bytes[index] ^ other.bytes[index] }
    return difference == 0
  }
}

extension [UInt8] {
  var hexadecimal: String {
    String(decoding: flatMap { byte in [byte >> 4, byte & 15].map { Self.digits[Int($0)] } }, as: UTF8.self)
  }

  private static var digits: [UInt8] { Array("0123456789abcdef".utf8) }

  /// Nothing where the text is not `count` bytes in small letters.
  init?(hexadecimal text: some StringProtocol, count: Int) {
    let digits = text.utf8.compactMap { Self.digits.firstIndex(of: $0) }
    guard text.utf8.count == 2 * count, digits.count == 2 * count else { return nil }
    self = (0..<count).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
  }
}
