import CNNG

/// One operation of nng's, used again and again. Whoever starts it is called back exactly once, on a thread of nng's,
/// and there only parses, queues and returns.
final class Operation: @unchecked Sendable {  // sound: its owner uses it only between a callback and the next start
  private var aio: OpaquePointer?
  /// Gets the operation and nng's result.
  private var finished: (@Sendable (Operation, Int32) -> Void)?

  /// Nothing when memory is out.
  init?(_ finished: @escaping @Sendable (Operation, Int32) -> Void) {
    self.finished = finished
    let code = nng_aio_alloc(&aio, { Operation.call($0) }, Unmanaged.passUnretained(self).toOpaque())
    guard code == 0 else { return nil }
  }

  /// Starts what `body` starts on the operation, which lives until its callback.
  func start(_ body: (OpaquePointer) -> Void) {
    guard let aio else { preconditionFailure("an operation was started after its end") }
    _ = Unmanaged.passRetained(self)
    body(aio)
  }

  /// Starts a transfer with `buffer`, which has to stay where it is until the callback.
  func start(with buffer: UnsafeMutableRawBufferPointer, _ body: (OpaquePointer) -> Void) {
    var vector = nng_iov(iov_buf: buffer.baseAddress, iov_len: buffer.count)
    start { aio in
      nng_aio_set_iov(aio, 1, &vector)
      body(aio)
    }
  }

  private static func call(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let operation = Unmanaged<Operation>.fromOpaque(argument).takeRetainedValue()
    operation.finished?(operation, nng_aio_result(operation.aio))
  }

  /// Bytes that the last transfer moved.
  var byteCount: Int { nng_aio_count(aio) }

  /// The connection that the last dial or accept made, to be freed by whoever takes it.
  var stream: OpaquePointer? { nng_aio_get_output(aio, 0).map { OpaquePointer($0) } }

  /// Lets go of nng's part and of the owner; by nng's reaper, since nobody may wait for an operation in its callback.
  func end() {
    finished = nil
    if let aio = aio.take() { nng_aio_reap(aio) }
  }
}
