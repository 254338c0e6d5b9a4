import CNNG
import Concurrency
import RPC

extension Socket {
  /// Connects within `limit` of `clock`, or throws why not. Cancellation closes the socket at once.
  func connect(to address: Address, within limit: Duration, of clock: any MonotonicClock) async throws {
    let code = await withTaskGroup(of: Int32?.self) { group in
      group.addTask {
        await withTaskCancellationHandler {
          await BlockingThread.run { self.dial(address) }
        } onCancel: {
          self.close()
        }
      }
      group.addTask {
        try? await clock.sleep(for: limit)  // cancelled when the dial was faster
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    guard code != 0 || Task.isCancelled else { return }
    close()
    try Task.checkCancellation()
    guard let code else {
      throw ServiceError(
        .unavailable, "cannot connect to \(address): nobody answered within \(limit); is the service there alive?")
    }
    throw ServiceError(nng: code, "connect to", address)
  }
}

/// A socket that only connects: to learn whether somebody accepts.
///
/// It goes through the whole greeting of nng, since one that connects and closes at once could end the accepting
/// that it asks about (nng issue 1518), and stays connected until it is closed.
final class Knock: Sendable {
  private struct Events: SocketEvents {
    func admits(_ pipe: nng_pipe) -> Bool { true }
    func arrived(_ message: consuming Message, at socket: Socket) {}
    func ended(_ pipe: nng_pipe, at socket: Socket) { socket.close() }
    func closed() {}
  }

  private let socket: Socket
  private let address: Address

  init(at address: Address, ledger: Ledger) throws(ServiceError) {
    socket = try Socket(
      .request, for: address, limit: TransportLimits.messageByteCount, ledger: ledger, events: Events())
    self.address = address
  }

  deinit { socket.close() }

  /// Blocks until the greetings are exchanged, or it is certain that they will not be; 0 or nng's code.
  func dial() -> Int32 { socket.dial(address) }

  /// Knocks on a thread of its own, which holds the socket alone: with the last reference to the knock it closes.
  func begin() {
    BlockingThread.start { [socket, address] in _ = socket.dial(address) }
  }

  func close() { socket.close() }
  func closed() async { await socket.closed() }
}
