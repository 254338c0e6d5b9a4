import Concurrency
import Contracts
import FeatureCache
import RPC

/// What a store holds.
protocol Stored: Sendable {
  /// What it takes of the store.
  var byteCount: Int { get }
}

/// One view's features, and which vision worker made them.
struct SeenView: Stored {
  let features: ViewFeatures
  /// What the worker spent on it.
  let timings: [Timing]
  let worker: String

  var byteCount: Int { features.bytes.count }
}

/// An image's views on their way to those who encode them.
extension PreparedViews: Stored {
  var byteCount: Int { views.reduce(0) { $0 + $1.bytes.count } }
}

/// What vision workers have made, fetched once however many ask.
///
/// `FeatureCache` decides who fetches; this lets the others wait.
final class FeatureStore<Entry: Stored>: Sendable {
  /// What a waiter is told.
  private enum News {
    case entry(Entry)
    case failure(any Error)
    /// Whoever fetched was cancelled; the waiter fetches now.
    case fetch
  }

  private struct State {
    var cache: FeatureCache<FeatureKey, Entry>
    var waiters: [Int: CheckedContinuation<News, Never>] = [:]
    /// News for those who have joined and do not wait yet.
    var early: [Int: News] = [:]
    var nextWaiter = 0
  }

  private let state: Lock<State>

  init(byteCount: Int) { state = Lock(State(cache: FeatureCache(capacity: byteCount))) }

  /// The features under `key`; `fetch` runs for one of those who ask at the same time, and says where it found them.
  func entry(
    _ key: FeatureKey, fetch: () async throws -> (Entry, FeatureSource)
  ) async throws -> (entry: Entry, source: FeatureSource) {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    switch state.withLock({ $0.cache.lookup(key, waiter: waiter) }) {
    case .hit(let entry): return (entry, .memory)
    case .fill: return try await fill(key, fetch)
    case .joined:
      switch await news(key, waiter) {
      case .entry(let entry): return (entry, .shared)
      case .failure(let error): throw error
      case .fetch: return try await fill(key, fetch)
      }
    }
  }

  /// Fetches for everybody who waits. A failure is everybody's, but for a cancellation and a deadline that has passed or
  /// is too near, which are only the caller's own: then the next in line fetches.
  private func fill(
    _ key: FeatureKey, _ fetch: () async throws -> (Entry, FeatureSource)
  ) async throws -> (entry: Entry, source: FeatureSource) {
    do {
      let (entry, source) = try await fetch()
      tell(.entry(entry)) { $0.filled(key, entry, byteCount: entry.byteCount) }
      return (entry, source)
    } catch {
      if Task.isCancelled || [.cancelled, .deadlineExceeded, .overloaded].contains(ServiceError(error).code) {
        tell(.fetch) { cache in cache.abandoned(key).map { [$0] } ?? [] }
      } else {
        tell(.failure(error)) { $0.failed(key) }
      }
      throw error
    }
  }

  /// Waits for what becomes of somebody else's fetch.
  private func news(_ key: FeatureKey, _ waiter: Int) async -> News {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let early = state.withLock { state -> News? in
          if let news = state.early.removeValue(forKey: waiter) { return news }
          if Task.isCancelled {
            state.cache.left(key, waiter: waiter)
            return .failure(CancellationError())
          }
          state.waiters[waiter] = continuation
          return nil
        }
        if let early { continuation.resume(returning: early) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.cache.left(key, waiter: waiter)
        return state.waiters.removeValue(forKey: waiter)
      }
      continuation?.resume(returning: .failure(CancellationError()))
    }
  }

  /// Changes the cache, and tells those who waited for the change.
  private func tell(_ news: News, after change: (inout FeatureCache<FeatureKey, Entry>) -> [Int]) {
    // One step with the change: who is cancelled between them would be told what nobody hears, and a fetch would be no one's.
    let continuations = state.withLock { state in
      change(&state.cache).compactMap { waiter in
        let continuation = state.waiters.removeValue(forKey: waiter)
        // It has joined, but does not wait yet: it finds the news when it does.
        if continuation == nil { state.early[waiter] = news }
        return continuation
      }
    }
    for continuation in continuations { continuation.resume(returning: news) }
  }

  /// What is kept and what was asked, at one moment.
  struct Counts {
    let hits, misses, joins, evictions, flights, entries, bytes, byteLimit: Int
  }

  var counts: Counts {
    state.withLock { state in
      let cache = state.cache
      return Counts(
        hits: cache.hitCount, misses: cache.missCount, joins: cache.joinCount, evictions: cache.evictionCount,
        flights: cache.fillingCount, entries: cache.count, bytes: cache.byteCount, byteLimit: cache.capacity)
    }
  }

  var gauges: [Gauge] {
    state.withLock { state in
      let cache = state.cache
      return [
        Gauge("cache_bytes", cache.byteCount), Gauge("cache_bytes_limit", cache.capacity),
        Gauge("cache_views", cache.count), Gauge("cache_hits", cache.hitCount), Gauge("cache_misses", cache.missCount),
        Gauge("cache_joins", cache.joinCount), Gauge("cache_evictions", cache.evictionCount),
      ]
    }
  }
}
