import Glibc
import NIOCore
import NIOPosix
import RPC

extension ServiceError {
  /// What NIO reports at `address`, in a sentence that says what failed and what to do about it.
  init(_ error: any Error, whenTryingTo action: String, _ address: Address) {
    let (failure, reason) = Self.cause(of: error)
    self.init(failure, reason, whenTryingTo: action, address)
  }

  private static func cause(of error: any Error) -> (NetworkFailure, String) {
    switch error {
    case let error as NIOConnectionError:
      if let attempt = error.connectionErrors.first { return cause(of: attempt.error) }
      return (.unknownHost, "\(error.host) has no address")
    case let error as SocketAddressError.UnknownHost: return (.unknownHost, "\(error.host) has no address")
    case let error as IOError: return (failure(error.errnoCode), String(cString: strerror(error.errnoCode)))
    default: return (.other, "\(error)")
    }
  }

  private static func failure(_ code: Int32) -> NetworkFailure {
    switch code {
    case ECONNREFUSED: .nobodyListens
    case EADDRINUSE: .addressInUse
    case EADDRNOTAVAIL: .unknownHost
    case EACCES, EPERM: .forbidden
    case EHOSTUNREACH, ENETUNREACH: .noRoute
    case EMFILE, ENFILE: .descriptorsOut
    case ENOMEM, ENOBUFS: .memoryOut
    default: .other
    }
  }
}
