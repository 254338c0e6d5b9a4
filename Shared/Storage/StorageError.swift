import Glibc

/// Why files could not be used.
public struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// The disk cannot be read or written.
    case unavailable
    /// It has no room: what it has can still be read.
    case full
    /// A directory that cannot be used.
    case configuration
  }

  public let code: Code
  /// What, where, expected, found, and the next step if it is known.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// What the system says of a path; no room is told apart from all else.
  package init(system code: Int32, _ path: String) {
    self.init(code == ENOSPC || code == EDQUOT ? .full : .unavailable, "\(path): \(String(cString: strerror(code)))")
  }

  public var description: String { message }
}
