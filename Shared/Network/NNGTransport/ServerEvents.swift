import CNNG
import Concurrency
import RPC

/// The server's side of a socket: connections come, and become links with their first frame.
///
/// nng asks for admission before a connection's first message, and may deliver its last ones after its end: what
/// comes from a connection that is not in the table is of the dead, and dropped.
final class ServerEvents: SocketEvents {
  private struct Pipe {
    var listener: UInt32
    var since: Instant
    var inbox: Mailbox<Frame>?
  }

  let arrivals = Mailbox<NNGLink>(limit: TransportLimits.arrivalCount)
  private let address: Address
  private let clock: any MonotonicClock
  private let pipes = Lock<[UInt32: Pipe]>([:])
  private let acceptances = Lock(0)

  init(at address: Address, clock: any MonotonicClock) {
    self.address = address
    self.clock = clock
  }

  /// Connections that nng has accepted so far.
  var acceptanceCount: Int { acceptances.withLock { $0 } }

  func admits(_ pipe: nng_pipe) -> Bool {
    acceptances.withLock { $0 += 1 }
    return pipes.withLock { pipes in
      guard pipes.count < TransportLimits.pipeCount else { return false }
      pipes[pipe.id] = Pipe(listener: nng_pipe_listener(pipe).id, since: clock.now)
      return true
    }
  }

  func arrived(_ message: consuming Message, at socket: Socket) {
    let pipe = nng_pipe(id: message.pipe)
    guard let frame = try? message.frame() else {  // a malformed frame ends its own link, and no other
      return end(pipe)
    }
    let (inbox, isNew) = pipes.withLock { pipes -> (Mailbox<Frame>?, Bool) in
      guard let known = pipes[pipe.id] else { return (nil, false) }
      if let inbox = known.inbox { return (inbox, false) }
      let inbox = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
      pipes[pipe.id]?.inbox = inbox
      return (inbox, true)
    }
    guard let inbox else { return }
    guard inbox.put(frame) else { return end(pipe) }
    guard isNew else { return }
    let link = NNGLink(.server(pipe: pipe), peer: peerName(of: pipe, at: address), socket: socket, inbox: inbox)
    _ = arrivals.put(link)  // one too many ends with its last reference
  }

  private func end(_ pipe: nng_pipe) {
    pipes.withLock { $0[pipe.id]?.inbox }?.finish()
    nng_pipe_close(pipe)
  }

  func ended(_ pipe: nng_pipe, at socket: Socket) {
    pipes.withLock { $0.removeValue(forKey: pipe.id) }?.inbox?.finish()
  }

  func closed() {
    let inboxes = pipes.withLock { $0.values.compactMap(\.inbox) }
    for inbox in inboxes { inbox.finish() }
    arrivals.finish(discarding: true)
  }

  /// The listeners that have connections.
  var listenersInUse: Set<UInt32> { pipes.withLock { Set($0.values.map(\.listener)) } }

  /// Ends the connections that have been there for longer than `limit` without a word.
  func endMute(for limit: Duration, at now: Instant) {
    let mute = pipes.withLock { pipes in
      pipes.filter { $0.value.inbox == nil && now - $0.value.since > limit }.map(\.key)
    }
    for pipe in mute { nng_pipe_close(nng_pipe(id: pipe)) }
  }
}
