import CNNG
import RPC

extension ServiceError {
  /// What nng reports at `address`, in a sentence that says what failed and what to do about it.
  init(nng code: Int32, _ action: String, _ address: Address) {
    let failure: NetworkFailure =
      switch UInt32(bitPattern: code) {
      case NNG_ECONNREFUSED.rawValue, NNG_ENOENT.rawValue: .nobodyListens
      case NNG_EADDRINUSE.rawValue: .addressInUse
      case NNG_EADDRINVAL.rawValue: .unknownHost
      case NNG_EPERM.rawValue: .forbidden
      case NNG_EUNREACHABLE.rawValue: .noRoute
      case NNG_ENOFILES.rawValue: .descriptorsOut
      case NNG_ENOMEM.rawValue: .memoryOut
      default: .other
      }
    self.init(failure, String(cString: nng_strerror(code)), whenTryingTo: action, address)
  }
}

/// Throws what nng reports, unless it reports success.
func check(_ code: Int32, _ action: String, _ address: Address) throws(ServiceError) {
  guard code == 0 else { throw ServiceError(nng: code, action, address) }
}
