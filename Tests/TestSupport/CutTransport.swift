import Concurrency
public import RPC

/// A network on which one link ends as that of a killed peer does: once it is armed, after so many items have come over those
/// that were dialled to an address that `isCut`. Whoever dials again is left alone.
public struct CutTransport: Transport {
  private let network: any Transport
  private let isCut: @Sendable (Address) -> Bool
  /// How many may still come; nothing where all may.
  private let left = Lock<Int?>(nil)
  private let victim = Lock<Address?>(nil)

  public init(_ network: any Transport, to isCut: @escaping @Sendable (Address) -> Bool) {
    self.network = network
    self.isCut = isCut
  }

  /// Counts from now on: the item of this number, from 1 on, comes no more.
  public func arm(atItem number: Int) { left.withLock { $0 = number } }

  /// Whose link has been cut; nothing before.
  public var cutAddress: Address? { victim.withLock { $0 } }

  public func connect(to address: Address) async throws -> any Link {
    let link = try await network.connect(to: address)
    return isCut(address) ? CutLink(link, mayPass: { mayPass($0, from: address) }) : link
  }

  public func listen(at address: Address) async throws -> any Listener { try await network.listen(at: address) }

  private func mayPass(_ frame: Frame, from address: Address) -> Bool {
    guard frame.kind == .item else { return true }
    let isLast = left.withLock { left in
      left = left.map { $0 - 1 }
      return left == 0
    }
    if isLast { victim.withLock { $0 = address } }
    return !isLast
  }
}

private struct CutLink: Link {
  private let link: any Link
  private let mayPass: @Sendable (Frame) -> Bool

  init(_ link: any Link, mayPass: @escaping @Sendable (Frame) -> Bool) {
    self.link = link
    self.mayPass = mayPass
  }

  var peer: String { link.peer }
  func send(_ frame: Frame) { link.send(frame) }
  func close() { link.close() }

  func receive() async -> Frame? {
    guard let frame = await link.receive() else { return nil }
    if mayPass(frame) { return frame }
    link.close()
    return nil
  }
}
