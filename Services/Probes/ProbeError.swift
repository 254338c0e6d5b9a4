/// What kept a process from showing itself.
public struct ProbeError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// The address cannot be had.
    case address
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
