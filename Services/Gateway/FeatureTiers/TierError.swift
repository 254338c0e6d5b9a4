/// Why a tier did not do what it was asked.
public struct TierError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// It cannot be reached, or its disk cannot be read.
    case unavailable
    /// It did not answer in time.
    case late
    /// It failed a moment ago and is left alone: nothing was sent.
    case resting
    /// It has no room: what it has it goes on giving.
    case full
    /// It answers, but not as it should: a wrong password, a command that it does not know.
    case refused
    /// A key file, a directory or an address that cannot be used.
    case configuration
  }

  public let code: Code
  /// What, where, expected, found, and the next step if it is known.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
