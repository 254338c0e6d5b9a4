/// Why a network is of no use, and what to do about it: the same words whichever library reports it.
public enum NetworkFailure: String, Sendable {
  case nobodyListens = "nothing listens there; start the service, or correct the address"
  case addressInUse = "address in use by a running process; stop it, or choose another address"
  case unknownHost = "the host name is unknown, or is not an address of this machine"
  case forbidden = "this user may not use the address"
  case noRoute = "there is no route to the host"
  case descriptorsOut = "the limit on open files is reached; raise it (ulimit -n)"
  case memoryOut = "memory is out"
  case other = "see the address and the network between"
}

extension ServiceError {
  /// What failed at `address`, for what `reason`, in a sentence that says what to do about it.
  public init(_ failure: NetworkFailure, _ reason: String, whenTryingTo action: String, _ address: Address) {
    self.init(.unavailable, "cannot \(action) \(address): \(reason): \(failure.rawValue)")
  }
}
