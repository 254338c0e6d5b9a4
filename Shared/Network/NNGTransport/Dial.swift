import CNNG
import Concurrency
import RPC

/// One attempt to connect.
final class Dial: @unchecked Sendable {  // sound: nng's dialer is thread-safe, and freed only after the attempt
  private let raw: OpaquePointer
  private let address: Address

  init(to address: Address) throws(ServiceError) {
    var raw: OpaquePointer?
    try check(nng_stream_dialer_alloc(&raw, "\(address)"), "connect to", address)
    guard let raw else { throw ServiceError(nng: Int32(NNG_ENOMEM.rawValue), "connect to", address) }
    if address.host != nil { nng_stream_dialer_set_bool(raw, NNG_OPT_TCP_NODELAY, true) }
    self.raw = raw
    self.address = address
  }

  deinit {
    // Waits for the attempt's last callback, and so not here.
    let dialer = OpenDialer(raw: raw)
    BlockingThread.start { nng_stream_dialer_free(dialer.raw) }
  }

  /// The stream, once connected, or throws why not; `unavailable` after `limit`. Cancellation ends it at once.
  func stream(within limit: Duration, of clock: any MonotonicClock) async throws -> OpenStream {
    let result = await withTaskGroup(of: Result<OpenStream, NNGCode>?.self) { group in
      group.addTask { await self.attempt() }
      group.addTask {
        try? await clock.sleep(for: limit)  // cancelled when the attempt was faster
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      while let other = await group.next() {
        if case .success(let late) = other, first == nil { nng_stream_free(late.raw) }
      }
      return first
    }
    if Task.isCancelled, case .success(let stream) = result { nng_stream_free(stream.raw) }
    try Task.checkCancellation()
    switch result {
    case .success(let stream): return stream
    case .failure(let error): throw ServiceError(nng: error.code, "connect to", address)
    case nil:
      throw ServiceError(
        .unavailable, "cannot connect to \(address): nobody answered within \(limit); is the service there alive?")
    }
  }

  private func attempt() async -> Result<OpenStream, NNGCode> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let operation = Operation { operation, code in
          let stream = operation.stream
          operation.end()
          if code == 0, let stream {
            continuation.resume(returning: .success(OpenStream(raw: stream)))
          } else {
            continuation.resume(returning: .failure(NNGCode(code: code)))
          }
        }
        guard let operation else {
          return continuation.resume(returning: .failure(NNGCode(code: Int32(NNG_ENOMEM.rawValue))))
        }
        operation.start { nng_stream_dialer_dial(raw, $0) }
      }
    } onCancel: {
      nng_stream_dialer_close(raw)
    }
  }

  private struct OpenDialer: @unchecked Sendable {  // sound: handed from one thread to one other
    let raw: OpaquePointer
  }
}

/// A connected stream of nng's on its way to its owner, who frees it.
struct OpenStream: @unchecked Sendable {  // sound: handed from one thread to one other
  let raw: OpaquePointer
}

/// What nng reports.
struct NNGCode: Error { let code: Int32 }
