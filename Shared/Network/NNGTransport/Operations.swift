import CNNG
import Concurrency

/// One send of a socket, used again and again.
///
/// nng owns the message only if it reports success; else the callback takes it back and frees it.
final class SendOperation: @unchecked Sendable {  // sound: used by one send at a time, from `start` to the callback
  private var aio: OpaquePointer?
  /// The send that is under way.
  private var current: (socket: Socket, done: @Sendable () -> Void)?

  init?() {
    let code = nng_aio_alloc(&aio, { SendOperation.finished($0) }, Unmanaged.passUnretained(self).toOpaque())
    guard code == 0 else { return nil }
  }

  func start(_ message: consuming Message, on socket: Socket, done: @escaping @Sendable () -> Void) {
    current = (socket, done)
    nng_aio_set_msg(aio, message.release())
    let retained = Unmanaged.passRetained(self)  // released by the callback, which comes exactly once
    guard !socket.begin({ nng_send_aio(socket.raw, aio) }) else { return }
    retained.release()
    takeBack()
    free()
    current = nil
    done()
  }

  /// Frees the message, if nng has not taken it.
  private func takeBack() {
    if let raw = nng_aio_get_msg(aio) { nng_msg_free(raw) }
    nng_aio_set_msg(aio, nil)
  }

  private static func finished(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let operation = Unmanaged<SendOperation>.fromOpaque(argument).takeRetainedValue()
    if nng_aio_result(operation.aio) != 0 { operation.takeBack() } else { nng_aio_set_msg(operation.aio, nil) }
    guard let (socket, done) = operation.current.take() else { return }
    if !socket.keep(operation) { operation.free() }
    done()
    socket.finishPending()
  }

  /// By nng's own reaper, since nobody may wait for an operation in its own callback.
  func free() {
    guard let aio = aio.take() else { return }
    nng_aio_reap(aio)
  }
}

/// The one receive of a socket: its callback hands the message on and arms it again, until the socket is closed.
final class ReceiveOperation: @unchecked Sendable {  // sound: used by one receive at a time
  private let socket: Socket
  private var aio: OpaquePointer?

  init?(on socket: Socket) {
    self.socket = socket
    let code = nng_aio_alloc(&aio, { ReceiveOperation.finished($0) }, Unmanaged.passUnretained(self).toOpaque())
    guard code == 0 else { return nil }
  }

  /// Retained until the callback, which comes exactly once.
  func arm() {
    let retained = Unmanaged.passRetained(self)
    guard !socket.begin({ nng_recv_aio(socket.raw, aio) }) else { return }
    retained.release()
    free()
  }

  private static func finished(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let operation = Unmanaged<ReceiveOperation>.fromOpaque(argument).takeRetainedValue()
    defer { operation.socket.finishPending() }
    guard nng_aio_result(operation.aio) == 0 else {
      operation.free()
      return operation.socket.close()
    }
    if let raw = nng_aio_get_msg(operation.aio) {
      nng_aio_set_msg(operation.aio, nil)
      operation.socket.arrived(Message(taking: raw, operation.socket.ledger))
    }
    operation.arm()
  }

  /// By nng's own reaper, as a send.
  private func free() {
    guard let aio = aio.take() else { return }
    nng_aio_reap(aio)
  }
}
