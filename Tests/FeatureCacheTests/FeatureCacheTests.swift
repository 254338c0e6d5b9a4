import FeatureCache
import TestSupport
import Testing

@Suite struct FeatureCacheTests {
  private typealias Cache = FeatureCache<String, Int>

  private enum Found: Equatable { case hit(Int), fill, joined }

  private func look(_ cache: inout Cache, _ key: String, waiter: Int = 0) -> Found {
    switch cache.lookup(key, waiter: waiter) {
    case .hit(let value): .hit(value)
    case .fill: .fill
    case .joined: .joined
    }
  }

  @Test func aMissingKeyIsFetchedOnceAndEverybodyIsTold() {
    var cache = Cache(capacity: 100)
    #expect(look(&cache, "a") == .fill)
    #expect(look(&cache, "a", waiter: 1) == .joined)
    #expect(look(&cache, "a", waiter: 2) == .joined)
    #expect(cache.filled("a", 7, byteCount: 10) == [1, 2])
    #expect(look(&cache, "a") == .hit(7))
    #expect((cache.missCount, cache.joinCount, cache.hitCount) == (1, 2, 1))
  }

  @Test func theLeastRecentlyUsedGoesFirst() {
    var cache = Cache(capacity: 20)
    for key in ["a", "b"] {
      _ = look(&cache, key)
      _ = cache.filled(key, 0, byteCount: 10)
    }
    #expect(look(&cache, "a") == .hit(0))
    _ = look(&cache, "c")
    _ = cache.filled("c", 0, byteCount: 10)
    #expect(look(&cache, "b") == .fill)
    #expect(look(&cache, "a") == .hit(0))
    #expect(cache.evictionCount == 1 && cache.byteCount == 20)
  }

  @Test func whatIsLargerThanTheCacheIsPassedOnAndNotKept() {
    var cache = Cache(capacity: 20)
    _ = look(&cache, "a")
    _ = look(&cache, "a", waiter: 5)
    #expect(cache.filled("a", 1, byteCount: 21) == [5])
    #expect(cache.byteCount == 0)
    #expect(look(&cache, "a") == .fill)
  }

  @Test func aFailureIsEverybodysAndTheNextOneFetchesAnew() {
    var cache = Cache(capacity: 20)
    _ = look(&cache, "a")
    _ = look(&cache, "a", waiter: 1)
    #expect(cache.failed("a") == [1])
    #expect(look(&cache, "a") == .fill)
  }

  @Test func whoGivesUpHandsOverToTheFirstWhoWaits() {
    var cache = Cache(capacity: 20)
    _ = look(&cache, "a")
    for waiter in 1...3 { _ = look(&cache, "a", waiter: waiter) }
    cache.left("a", waiter: 1)
    #expect(cache.abandoned("a") == 2)
    #expect(cache.filled("a", 9, byteCount: 1) == [3])
    _ = look(&cache, "b")
    #expect(cache.abandoned("b") == nil)
    #expect(look(&cache, "b") == .fill)
  }

  @Test func underTenThousandRandomEventsItStaysInItsBoundsAndLosesNobody() {
    for seed in 1...UInt64(5) {
      var random = SeededGenerator(seed: seed)
      var cache = Cache(capacity: 50)
      var fetching: Set<String> = []
      var waiting: [String: Set<Int>] = [:]
      for event in 0..<10_000 {
        let key = "key \(Int.random(in: 0..<12, using: &random))"
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
          switch look(&cache, key, waiter: event) {
          case .hit: #expect(!fetching.contains(key), "seed \(seed), event \(event)")
          case .fill: #expect(fetching.insert(key).inserted, "seed \(seed), event \(event): fetched twice")
          case .joined:
            #expect(fetching.contains(key), "seed \(seed), event \(event)")
            waiting[key, default: []].insert(event)
          }
        case 2 where fetching.contains(key):
          let told = cache.filled(key, event, byteCount: Int.random(in: 0...60, using: &random))
          #expect(Set(told) == waiting[key] ?? [] && Set(told).count == told.count, "seed \(seed), event \(event)")
          fetching.remove(key)
          waiting[key] = nil
        case 3 where fetching.contains(key):
          if let next = cache.abandoned(key) {
            #expect(waiting[key]?.remove(next) != nil, "seed \(seed), event \(event)")
          } else {
            #expect((waiting[key] ?? []).isEmpty, "seed \(seed), event \(event)")
            fetching.remove(key)
          }
        case 4:
          if let waiter = waiting[key]?.randomElement(using: &random) {
            cache.left(key, waiter: waiter)
            waiting[key]?.remove(waiter)
          }
        default: break
        }
        #expect(cache.byteCount <= cache.capacity, "seed \(seed), event \(event)")
        #expect(cache.fillingCount == fetching.count, "seed \(seed), event \(event)")
      }
    }
  }
}
