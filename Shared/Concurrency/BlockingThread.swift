import Glibc

/// Where calls go that block: a short-lived thread each, never one of the few that run Swift's tasks.
public enum BlockingThread {
  /// Runs `body` on a thread of its own and returns what it returns.
  public static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      start { continuation.resume(returning: body()) }
    }
  }

  /// The same, and throws `CancellationError` as soon as the task is cancelled; the thread then ends unheard.
  public static func runUnlessCancelled<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) async throws -> Result {
    let waiter = Lock<CheckedContinuation<Result, any Error>?>(nil)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiter.withLock { $0 = continuation }
        guard !Task.isCancelled else {
          waiter.withLock { $0.take() }?.resume(throwing: CancellationError())
          return
        }
        start {
          let result = body()
          waiter.withLock { $0.take() }?.resume(returning: result)
        }
      }
    } onCancel: {
      waiter.withLock { $0.take() }?.resume(throwing: CancellationError())
    }
  }

  /// Starts `body` on a thread of its own and does not wait for it.
  public static func start(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let errand = Unmanaged.passRetained(Errand(body))
    let code = pthread_create(&thread, &attributes, { Errand.run($0) }, errand.toOpaque())
    // A process that cannot start a thread cannot close a socket either: nothing sound is left to do.
    precondition(code == 0, "pthread_create failed with \(code); the limit on threads or memory is too low")
  }

  private final class Errand: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func run(_ errand: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let errand { Unmanaged<Errand>.fromOpaque(errand).takeRetainedValue().body() }
      return nil
    }
  }
}
