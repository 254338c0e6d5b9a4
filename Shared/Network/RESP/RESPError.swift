/// Bytes that are no reply. What follows them on the connection means nothing.
public struct RESPError: Error, Equatable, Sendable {
  public enum Code: Sendable {
    /// Not RESP2.
    case malformed
    /// More than the limits allow.
    case tooLarge
  }

  public let code: Code
  /// What was expected and what was found.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
