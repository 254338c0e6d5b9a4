/// What is wrong with a file that guards something: a key, a certificate, the tokens of a gateway.
public struct CredentialError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// It is not there.
    case missing
    /// It is there already, and would be lost.
    case exists
    /// Others than its owner may read or write it.
    case permissions
    /// It is not what it should be: torn, too long, or something else.
    case malformed
    /// A certificate whose time is over, or has not come.
    case expired
    /// A key that is not the certificate's, or a certificate that its authority has not signed.
    case mismatch
    /// A name, a host or a limit that cannot be.
    case usage
    /// The system said no.
    case file
  }

  public var code: Code
  /// What, where, expected, found, and the next step if it is known.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
