import Glibc

/// Shared state and the mutex that guards it; nothing is resumed, sent or awaited while it is held.
///
/// A pthread mutex and not `Synchronization.Mutex`: the latter is a raw futex on Linux, which the
/// thread sanitizer does not see, and reports races that are none.
public final class Lock<State>: @unchecked Sendable {  // sound: `state` is touched only between lock and unlock
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  public init(_ state: State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` alone with the state.
  public func withLock<Result, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }
}
