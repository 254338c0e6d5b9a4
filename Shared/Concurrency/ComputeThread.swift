import DequeModule
import Glibc

/// Where long computations run, so that they never occupy a thread of Swift's cooperative pool and stall every socket.
public protocol ComputeThread: Sendable {
  /// Runs `work` after everything that was given before it.
  func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result
}

/// One thread that does one piece of work after another, in order of arrival.
public final class InferenceThread: ComputeThread {
  private let queue = WorkQueue()

  public init() { queue.start() }

  deinit { queue.stop() }

  public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.append { continuation.resume(with: Swift.Result(catching: work)) }
    }
  }
}

/// Does the work on the caller's task: for tests in which one serial executor runs everything.
public struct InlineThread: ComputeThread {
  public init() {}

  public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try work()
  }
}

private final class WorkQueue: @unchecked Sendable {  // sound: `work` and `isStopped` are touched under the mutex only
  private var work: Deque<() -> Void> = []
  private var isStopped = false
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func start() {
    var thread = pthread_t()
    // The thread holds the queue, and lets go of it once it is stopped and empty.
    let held = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { held in
        Unmanaged<WorkQueue>.fromOpaque(held!).takeRetainedValue().loop()
        return nil
      }, held)
    precondition(status == 0, "a thread could not be started: error \(status)")
    pthread_detach(thread)
  }

  func append(_ item: @escaping () -> Void) {
    pthread_mutex_lock(mutex)
    work.append(item)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  private func loop() {
    while let item = next() { item() }
  }

  private func next() -> (() -> Void)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while work.isEmpty, !isStopped { pthread_cond_wait(condition, mutex) }
    return work.popFirst()
  }
}
