/// What a gateway keeps of a token: whose it is and what it may, and of its secret the digest alone.
public struct TokenRecord: Codable, Equatable, Sendable {
  /// Of the person or the program that has it; each name once.
  public var name: String
  /// The part of the token that is no secret.
  public var id: String
  /// Of the secret, in hexadecimal.
  public var sha256: String
  /// Whether it may drain, reload and scale.
  public var admin: Bool
  /// With whom it shares what was computed; absent: with all who have none.
  public var tenant: String?
  /// Questions at once.
  public var requestsInFlight: Int?
  public var imageBytesPerMinute: Int?
  /// Tokens of answers.
  public var tokensPerMinute: Int?

  /// Throws `usage` where a name or a limit cannot be.
  func check() throws(CredentialError) {
    for (what, name) in [("name", name), ("tenant", tenant ?? "-")] {
      let isPrintable = name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
      guard (1...Limits.nameByteCount).contains(name.utf8.count), isPrintable else {
        throw CredentialError(
          .usage, "\(what) '\(name)': expected 1 to \(Limits.nameByteCount) bytes without blanks")
      }
    }
    for (what, limit) in [
      ("requests in flight", requestsInFlight), ("image bytes per minute", imageBytesPerMinute),
      ("tokens per minute", tokensPerMinute),
    ] {
      guard limit.map({ $0 > 0 }) ?? true else {
        throw CredentialError(.usage, "'\(name)': expected at least 1 of \(what), found \(limit ?? 0)")
      }
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, id, sha256, admin, tenant, requestsInFlight, imageBytesPerMinute, tokensPerMinute
  }
}

extension TokenRecord {
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// A key that nobody knows is an error: a limit that is misspelled would be none.
  public init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.stringValue)
    let found = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let unknown = found.first(where: { !known.contains($0) }) {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "unknown key '\(unknown)'"))
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try container.decode(String.self, forKey: .name), id: try container.decode(String.self, forKey: .id),
      sha256: try container.decode(String.self, forKey: .sha256),
      admin: try container.decode(Bool.self, forKey: .admin),
      tenant: try container.decodeIfPresent(String.self, forKey: .tenant),
      requestsInFlight: try container.decodeIfPresent(Int.self, forKey: .requestsInFlight),
      imageBytesPerMinute: try container.decodeIfPresent(Int.self, forKey: .imageBytesPerMinute),
      tokensPerMinute: try container.decodeIfPresent(Int.self, forKey: .tokensPerMinute))
  }
}
