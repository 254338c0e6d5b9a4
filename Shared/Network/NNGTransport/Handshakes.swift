import CNNG
import Concurrency
import RPC

/// The peers of a listener that have not shown their certificates yet: bounded in number and in time.
final class Handshakes: Sendable {
  private let limits: TransportLimits
  private let clock: any MonotonicClock
  private let ledger: Ledger
  private let refused: @Sendable (ServiceError) -> Void
  private let count = Lock(0)

  init(
    _ limits: TransportLimits, clock: any MonotonicClock, _ ledger: Ledger,
    refused: @escaping @Sendable (ServiceError) -> Void
  ) {
    self.limits = limits
    self.clock = clock
    self.ledger = ledger
    self.refused = refused
  }

  /// Takes the stream over; `taken` gets it back where the peer's certificate is good.
  func begin(_ stream: OpenStream, with peer: String, taken: @escaping @Sendable (OpenStream) -> Void) {
    let hasRoom = count.withLock { count in
      guard count < limits.handshakeCount else { return false }
      count += 1
      return true
    }
    guard hasRoom else {
      nng_stream_free(stream.raw)
      return refused(
        ServiceError(.overloaded, "\(peer): \(limits.handshakeCount) peers are already showing their certificates"))
    }
    _ = Opening(.accepted, of: stream, peer: peer, within: limits.handshakeTimeout, of: clock, ledger) { outcome in
      self.count.withLock { $0 -= 1 }
      switch outcome {
      case .success(let stream): taken(stream)
      case .failure(let error): self.refused(error)
      }
    }
  }
}

extension Opening {
  /// Shakes hands on a stream that was dialled; frees it where that fails, or when the task is cancelled.
  static func dialled(
    _ stream: OpenStream, to address: Address, within limit: Duration, of clock: any MonotonicClock, _ ledger: Ledger
  ) async throws -> OpenStream {
    let opening = Lock<Opening?>(nil)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<OpenStream, ServiceError>, Never>) in
        let begun = Opening(.dialled, of: stream, peer: "\(address)", within: limit, of: clock, ledger) {
          continuation.resume(returning: $0)
        }
        opening.withLock { $0 = begun }
        if Task.isCancelled { begun.end() }
      }
    } onCancel: {
      opening.withLock { $0 }?.end()
    }
    if Task.isCancelled, case .success(let stream) = result { nng_stream_free(stream.raw) }
    try Task.checkCancellation()
    return try result.get()
  }
}
