import RPC

/// What kept a program from starting, or from doing what it was asked.
public struct LaunchError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// A flag, an argument or a key of the configuration file.
    case usage
    /// A file that could not be read or written.
    case file
    /// A model directory that is not there.
    case model
    /// The user stopped it.
    case interrupted
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

/// How a program ends, for scripts.
public enum ExitStatus: Int32, Sendable {
  case success = 0
  /// Something broke that is not the caller's to mend by asking differently.
  case failure = 1
  /// The caller's: flags, configuration, a file that is no image, a question without text.
  case usage = 2
  /// Not now: nobody is there, too much is going on, or time ran out. The same again may work.
  case unavailable = 3
  /// Ctrl-C, as shells have it: 128 + SIGINT.
  case interrupted = 130

  public init(of error: any Error) {
    switch error {
    case let error as LaunchError: self.init(error.code)
    case let error as ServiceError: self.init(error.code)
    case is CancellationError: self = .interrupted
    default: self = .failure
    }
  }

  private init(_ code: LaunchError.Code) {
    switch code {
    case .usage: self = .usage
    case .file, .model: self = .failure
    case .interrupted: self = .interrupted
    }
  }

  private init(_ code: ServiceError.Code) {
    switch code {
    case .invalidRequest, .unauthenticated, .permissionDenied, .notFound, .tooLarge, .unsupportedImage: self = .usage
    case .incompatible, .internalFailure: self = .failure
    case .limitReached, .overloaded, .unavailable, .deadlineExceeded: self = .unavailable
    case .cancelled: self = .interrupted
    }
  }
}
