/// Why no token could be sampled, or why options are no options.
public struct SamplingError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    /// An option is out of its range: the caller's fault.
    case invalidOption
    /// The logits are not those of this vocabulary, or not numbers: the model's fault.
    case brokenLogits
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// An option's name as the caller wrote it, what it may be and what it was.
  init(field: String, allowed: String, found: String) {
    self.init(.invalidOption, "\(field): expected \(allowed), found \(found)")
  }

  public var description: String { message }
}
