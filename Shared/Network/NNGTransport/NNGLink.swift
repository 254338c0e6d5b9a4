import CNNG
import Concurrency
public import RPC

/// One peer over nng: at a client the only connection of a socket, at a server one of many of the listener's socket.
///
/// What is malformed, too large or too much ends the link without a word; the connection on it sees the end.
public final class NNGLink: Link {
  /// What ends a link: its socket at a client, its connection at a server.
  enum Side { case client, server(pipe: nng_pipe) }

  public let peer: String
  private let side: Side
  private let socket: Socket
  private let inbox: Mailbox<Frame>
  private let outgoingCount = Lock(0)

  init(_ side: Side, peer: String, socket: Socket, inbox: Mailbox<Frame>) {
    self.side = side
    self.peer = peer
    self.socket = socket
    self.inbox = inbox
  }

  deinit { end() }

  public func send(_ frame: Frame) {
    guard !inbox.isFinished else { return }
    let hasRoom = outgoingCount.withLock { count in
      guard count < TransportLimits.outgoingFrameCount else { return false }
      count += 1
      return true
    }
    guard hasRoom, let message = Message(frame, to: pipe?.id, socket.ledger) else { return close() }
    socket.send(message) { [outgoingCount] in outgoingCount.withLock { $0 -= 1 } }
  }

  public func receive() async -> Frame? { await inbox.take() }

  public func close() { end() }

  private func end() {
    inbox.finish(discarding: true)
    if let pipe { nng_pipe_close(pipe) } else { socket.close() }
  }

  private var pipe: nng_pipe? {
    if case .server(let pipe) = side { pipe } else { nil }
  }
}
