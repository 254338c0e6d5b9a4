/// What a reply may be at most; more is an error before memory is spent on it.
public struct RESPLimits: Equatable, Sendable {
  /// Bytes of one string.
  public var byteCount: Int
  /// Bytes of a line: a status, an error, a number. Servers' own stay under 1 KiB.
  public var lineByteCount = 4096
  /// Elements of an array; no command that we send is answered with more than a few.
  public var elementCount = 64
  /// Arrays inside arrays.
  public var depth = 4

  public init(byteCount: Int) {
    precondition(byteCount >= 0, "replies of \(byteCount) bytes")
    self.byteCount = byteCount
  }
}
