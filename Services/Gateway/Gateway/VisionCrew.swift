import Members
public import RPC

/// Starts and stops vision workers on the gateway's machine: what `llava scale` asks for.
public protocol VisionCrew: Sendable {
  /// Where the workers are that are wanted now; some may still read the model.
  var addresses: [Address] { get }
  /// From now on so many are wanted; those that are started get `threadCount` threads. Throws where that is too many.
  func scale(to count: Int, threadCount: Int?) throws(ServiceError)
  /// The gateway has nothing more with a worker: one that is not wanted may stop.
  func released(_ address: Address)
}

extension Gateway {
  /// Has so many vision workers on this machine. Those too many finish what they have.
  public func scale(to count: Int, threadCount: Int?) throws(ServiceError) -> [Address] {
    guard let crew else {
      throw ServiceError(
        .invalidRequest,
        "this gateway starts no processes: `llava serve` does; elsewhere start a llava-vision, or scale its deployment")
    }
    let own = options.vision
    guard count >= own.count else {
      throw ServiceError(
        .invalidRequest, "vision: expected at least \(own.count), in the gateway's own process, found \(count)")
    }
    try crew.scale(to: count - own.count, threadCount: threadCount)
    // Of several who scale at once the last one counts, whoever comes here last.
    var addresses: [Address]
    repeat {
      addresses = crew.addresses
      fleet.visionRoster.configure(own + addresses.map(Endpoint.address))
    } while crew.addresses != addresses
    return own.map(\.address) + addresses
  }
}
