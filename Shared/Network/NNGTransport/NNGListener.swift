import CNNG
import Concurrency
public import RPC

/// Listens at one address over nng, and listens again when nng has stopped accepting.
public final class NNGListener: Listener {
  private struct Guarded {
    var watch: ListenerWatch
    var knock: Knock?
    var relistenCount = 0
  }

  public let address: Address
  private let socket: Socket
  private let events: ServerEvents
  private let clock: any MonotonicClock
  private let limits: TransportLimits
  /// Touched by threads that may block.
  private let point: Lock<ListeningPoint>
  private let guarded: Lock<Guarded>

  init(
    _ point: ListeningPoint, socket: Socket, events: ServerEvents, clock: any MonotonicClock, limits: TransportLimits
  ) {
    address = point.address
    self.socket = socket
    self.events = events
    self.clock = clock
    self.limits = limits
    self.point = Lock(point)
    guarded = Lock(Guarded(watch: ListenerWatch(limits: limits, at: clock.now)))
  }

  deinit { socket.close() }

  /// How often nng had stopped accepting.
  public var relistenCount: Int { guarded.withLock { $0.relistenCount } }

  /// The next peer that has spoken; nothing once closed or when the task is cancelled. Watches the listener meanwhile.
  public func accept() async -> (any Link)? {
    guard address.scheme != .inproc else { return await events.arrivals.take() }
    return await withTaskGroup(of: NNGLink?.self) { group in
      group.addTask { await self.events.arrivals.take() }
      group.addTask {
        await self.watch()
        return nil
      }
      var link = await group.next() ?? nil
      group.cancelAll()
      while let other = await group.next() { link = link ?? other }
      return link
    }
  }

  public func close() async {
    let knock = guarded.withLock { $0.knock.take() }
    knock?.close()
    socket.close()
    await socket.closed()
    await knock?.closed()
    await BlockingThread.run { self.point.withLock { $0.removeFiles() } }
  }

  /// Until the task is cancelled.
  private func watch() async {
    while true {
      let now = clock.now
      let acceptances = events.acceptanceCount
      let action = guarded.withLock { $0.watch.tick(at: now, acceptances: acceptances) }
      switch action {
      case .rest: events.endMute(for: limits.muteTimeout, at: now)
      case .knock: knock()
      case .listenAgain: await listenAgain()
      }
      guard (try? await clock.sleep(until: guarded.withLock { $0.watch.next })) != nil else { return }
    }
  }

  private func knock() {
    // Without a socket to knock with there is no answer, and so a new listener: what is out of order here is out of
    // order there.
    let knock = try? Knock(at: address, ledger: socket.ledger)
    let previous = guarded.withLock { guarded in
      defer { guarded.knock = knock }
      return guarded.knock
    }
    previous?.close()
    knock?.begin()
  }

  private func listenAgain() async {
    let inUse = events.listenersInUse
    guarded.withLock { $0.relistenCount += 1 }
    await BlockingThread.run {
      // Where it fails nobody is let in, the next knock finds that out, and it is tried again.
      self.point.withLock { try? $0.reopen(keeping: inUse) }
    }
  }
}
