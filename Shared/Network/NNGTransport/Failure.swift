import CNNG
import RPC

extension ServiceError {
  /// What nng reports at `address`, in a sentence that says what failed and what to do about it.
  init(nng code: Int32, _ action: String, _ address: Address) {
    let advice: String
    switch UInt32(bitPattern: code) {
    case NNG_ECONNREFUSED.rawValue, NNG_ENOENT.rawValue:
      advice = "nothing listens there; start the service, or correct the address"
    case NNG_EADDRINUSE.rawValue: advice = "address in use by a running process; stop it, or choose another address"
    case NNG_EADDRINVAL.rawValue: advice = "the host name is unknown, or is not an address of this machine"
    case NNG_EPERM.rawValue: advice = "this user may not use the address"
    case NNG_EUNREACHABLE.rawValue: advice = "there is no route to the host"
    case NNG_ENOFILES.rawValue: advice = "the limit on open files is reached; raise it (ulimit -n)"
    case NNG_ENOMEM.rawValue: advice = "memory is out"
    case NNG_ECRYPTO.rawValue: advice = "it is not the PEM text that it should be"
    default: advice = "see the address and the network between"
    }
    self.init(.unavailable, "cannot \(action) \(address): \(String(cString: nng_strerror(code))): \(advice)")
  }
}

/// Throws what nng reports, unless it reports success.
func check(_ code: Int32, _ action: String, _ address: Address) throws(ServiceError) {
  guard code == 0 else { throw ServiceError(nng: code, action, address) }
}
