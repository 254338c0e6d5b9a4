import Foundation

/// The tokens that a gateway accepts, as they are in its file.
public struct TokenList: Sendable {
  /// In the order in which they were added.
  public private(set) var records: [TokenRecord] = []
  private var places: [String: Int] = [:]

  public init() {}

  /// Reads a file; throws where others could have written it, or where it is torn, too long or something else.
  public init(contentsOf path: String) throws(CredentialError) {
    let text = try PrivateFile.text(at: path, isSecret: true, limit: Limits.tokensByteCount)
    do throws(CredentialError) { try self.init(json: text) } catch {
      throw CredentialError(.malformed, "\(path): \(error.message)")
    }
  }

  init(json: String) throws(CredentialError) {
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: Data(json.utf8)) } catch {
      throw CredentialError(.malformed, "expected the tokens that `llava token` writes: \(Self.reason(error))")
    }
    guard file.version == File.version, file.tokens.count <= Limits.tokenCount else {
      throw CredentialError(
        .malformed,
        "expected version \(File.version) and at most \(Limits.tokenCount) tokens, found version \(file.version) and "
          + "\(file.tokens.count)")
    }
    for record in file.tokens { try append(record) }
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
      .valueNotFound(_, let context):
      return context.debugDescription
    @unknown default: return "\(error)"
    }
  }

  private mutating func append(_ record: TokenRecord) throws(CredentialError) {
    try record.check()
    guard [UInt8](hexadecimal: record.id, count: Token.idByteCount) != nil,
      [UInt8](hexadecimal: record.sha256, count: 32) != nil
    else {
      throw CredentialError(.malformed, "'\(record.name)': expected an id and a digest in hexadecimal")
    }
    guard places[record.id] == nil, !records.contains(where: { $0.name == record.name }) else {
      throw CredentialError(.exists, "'\(record.name)': there is a token of this name or id already; revoke it first")
    }
    guard records.count < Limits.tokenCount else {
      throw CredentialError(.usage, "expected at most \(Limits.tokenCount) tokens; revoke those that nobody uses")
    }
    places[record.id] = records.count
    records.append(record)
  }

  /// Who shows this token, or nothing.
  public func record(of token: Token) -> TokenRecord? {
    guard let place = places[token.id],
      let digest = [UInt8](hexadecimal: records[place].sha256, count: 32).map(SecretDigest.init),
      digest.matches(token.digest)
    else { return nil }
    return records[place]
  }

  /// Adds a token of this name; it is returned, and kept nowhere.
  public mutating func add(
    _ name: String, isAdmin: Bool = false, tenant: String? = nil, requestsInFlight: Int? = nil,
    imageBytesPerMinute: Int? = nil, tokensPerMinute: Int? = nil, using generator: inout some RandomNumberGenerator
  ) throws(CredentialError) -> Token {
    var token: Token
    repeat { token = Token(using: &generator) } while places[token.id] != nil
    try append(
      TokenRecord(
        name: name, id: token.id, sha256: token.digest.bytes.hexadecimal, admin: isAdmin, tenant: tenant,
        requestsInFlight: requestsInFlight, imageBytesPerMinute: imageBytesPerMinute, tokensPerMinute: tokensPerMinute))
    return token
  }

  public mutating func revoke(_ name: String) throws(CredentialError) {
    guard records.contains(where: { $0.name == name }) else {
      throw CredentialError(.missing, "there is no token of the name '\(name)'")
    }
    records.removeAll { $0.name == name }
    places = Dictionary(uniqueKeysWithValues: records.enumerated().map { ($1.id, $0) })
  }

  public func write(to path: String) throws(CredentialError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let json: Data
    do { json = try encoder.encode(File(version: File.version, tokens: records)) } catch {
      throw CredentialError(.malformed, "\(path): \(error)")
    }
    try PrivateFile.replace(path, with: String(decoding: json, as: UTF8.self) + "\n")
  }

  private struct File: Codable {
    static let version = 1

    var version: Int
    var tokens: [TokenRecord]
  }
}
