import Concurrency
public import RPC

/// A network on which one link ends as that of a killed peer does: after so many items have come over one that was dialled
/// to an address that `isCut`. Whoever dials again is left alone.
public struct CutTransport: Transport {
  private let network: any Transport
  private let isCut: @Sendable (Address) -> Bool
  private let left: Lock<Int>
  private let victim = Lock<Address?>(nil)

  public init(
    _ network: any Transport, afterItems count: Int, to isCut: @escaping @Sendable (Address) -> Bool
  ) {
    self.network = network
    self.isCut = isCut
    left = Lock(count)
  }

  /// Whose link has been cut; nothing before.
  public var cutAddress: Address? { victim.withLock { $0 } }

  public func connect(to address: Address) async throws -> any Link {
    let link = try await network.connect(to: address)
    return isCut(address) ? CutLink(link, mayPass: { mayPass($0, from: address) }) : link
  }

  public func listen(at address: Address) async throws -> any Listener { try await network.listen(at: address) }

  private func mayPass(_ frame: Frame, from address: Address) -> Bool {
    guard frame.kind == .item else { return true }
    let count = left.withLock { left in
      left -= 1
      return left
    }
    if count == 0 { victim.withLock { $0 = address } }
    return count != 0
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
