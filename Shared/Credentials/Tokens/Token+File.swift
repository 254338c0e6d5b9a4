extension Token {
  /// The token that a client's file holds; throws where others may read the file, or it holds something else.
  public init(contentsOf path: String) throws(CredentialError) {
    let text = try PrivateFile.text(at: path, isSecret: true, limit: Limits.tokenFileByteCount)
    var lines = text.split(whereSeparator: \.isNewline)
    guard let line = lines.popLast(), lines.isEmpty, let token = Token(String(line)) else {
      throw CredentialError(.malformed, "\(path): expected one line that `llava token add` printed")
    }
    self = token
  }
}
