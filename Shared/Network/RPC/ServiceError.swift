import Concurrency

/// The one kind of failure that crosses a process boundary: a code that programs decide by, and a sentence for people.
public struct ServiceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Numbered as `ServiceErrorCode` in `protos/llava/v1/common.proto`; a number is never reused.
  public enum Code: UInt16, Sendable, CaseIterable {
    case invalidRequest = 1
    case unauthenticated = 2
    case notFound = 3
    case incompatible = 4
    case tooLarge = 5
    case unsupportedImage = 6
    /// This client's own limit.
    case limitReached = 7
    case cancelled = 8
    case internalFailure = 9
    case overloaded = 10
    case unavailable = 11
    case deadlineExceeded = 12
    /// Known, but not allowed to.
    case permissionDenied = 13
  }

  public var code: Code
  /// What, where, expected, found, and the next step if it is known.
  public var message: String
  /// When to ask again, where the refusal knows.
  public var retryAfter: Duration?

  public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  public var description: String { "\(code): \(message)" }
}

extension ServiceError {
  /// Whatever stopped a call, as the other side should hear of it.
  public init(_ error: any Error) {
    switch error {
    case let error as ServiceError: self = error
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.internalFailure, "\(error)")
    }
  }

  /// `[retry-after ms: u32, 0 = none][message: UTF-8]`, the body of END and GOAWAY.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    let milliseconds = retryAfter.map { UInt32(clamping: $0.millisecondsRoundedUp) } ?? 0
    bytes.append(littleEndian: milliseconds)
    bytes.append(contentsOf: message.utf8.prefix(Limits.errorMessageByteCount))
    return bytes
  }

  init(number: UInt16, encoded: [UInt8]) {
    let milliseconds = encoded.littleEndian(UInt32.self, at: 0) ?? 0
    self.init(
      Code(rawValue: number) ?? .internalFailure, String(decoding: encoded.dropFirst(4), as: UTF8.self),
      retryAfter: milliseconds == 0 ? nil : .milliseconds(Int64(milliseconds)))
  }
}
