import Concurrency
import RPC

/// A network on which a host forgets to say something: frames that match are never sent, and the numbers of all others are as if
/// they had not been. Nothing of the calls' own checks can notice it.
struct ForgetfulTransport: Transport {
  let transport: any Transport
  let forgets: @Sendable (Frame) -> Bool

  func connect(to address: Address) async throws -> any Link {
    ForgetfulLink(try await transport.connect(to: address), forgets)
  }

  func listen(at address: Address) async throws -> any Listener {
    ForgetfulListener(listener: try await transport.listen(at: address), forgets: forgets)
  }
}

private struct ForgetfulListener: Listener {
  let listener: any Listener
  let forgets: @Sendable (Frame) -> Bool

  var address: Address { listener.address }
  func accept() async -> (any Link)? { await listener.accept().map { ForgetfulLink($0, forgets) } }
  func close() async { await listener.close() }
}

private final class ForgetfulLink: Link {
  private let link: any Link
  private let forgets: @Sendable (Frame) -> Bool
  /// Frames that were never sent.
  private let forgotten = Lock<UInt32>(0)

  init(_ link: any Link, _ forgets: @escaping @Sendable (Frame) -> Bool) {
    self.link = link
    self.forgets = forgets
  }

  var peer: String { link.peer }

  func send(_ frame: Frame) {
    guard frame.kind != .acknowledge else { return link.send(frame) }
    guard !forgets(frame) else { return forgotten.withLock { $0 += 1 } }
    var frame = frame
    frame.sequence -= forgotten.withLock { $0 }
    link.send(frame)
  }

  func receive() async -> Frame? {
    guard var frame = await link.receive() else { return nil }
    if frame.kind == .acknowledge { frame.sequence += forgotten.withLock { $0 } }
    return frame
  }

  func close() { link.close() }
}
