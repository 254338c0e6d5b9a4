import CNNG
import Concurrency
import RPC

/// The client's side of a socket: one connection, from which all frames come, and with which the link ends.
///
/// That a link never comes back is what makes nng's client safe here: a dialer that has died stays unnoticed otherwise
/// (nng issue 1518), and frames queued while the peer was away would go to its successor.
final class ClientEvents: SocketEvents {
  let inbox = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
  private let pipe = Lock<UInt32?>(nil)

  func admits(_ pipe: nng_pipe) -> Bool {
    self.pipe.withLock { known in
      guard known == nil else { return false }
      known = pipe.id
      return true
    }
  }

  func arrived(_ message: consuming Message, at socket: Socket) {
    guard let frame = try? message.frame(), inbox.put(frame) else {  // a malformed frame ends the link, as one too many
      inbox.finish()
      return socket.close()
    }
  }

  func ended(_ pipe: nng_pipe, at socket: Socket) {
    guard self.pipe.withLock({ $0 == pipe.id }) else { return }
    inbox.finish()
    socket.close()
  }

  func closed() { inbox.finish() }
}
