import Routing
import TestSupport
import Testing

@Suite struct WorkerHealthTests {
  private typealias Health = WorkerHealth<Duration>

  private func health() -> Health {
    Health(failureLimit: 3, rest: .seconds(5), longestRest: .seconds(20)) { $0 + $1 }
  }

  @Test func restsAfterThreeFailuresThenProbesOnce() {
    var health = health()
    for _ in 0..<2 { health.failed(at: .seconds(0)) }
    #expect(health.verdict(at: .seconds(0)) == .admit)
    health.failed(at: .seconds(0))
    #expect(health.verdict(at: .seconds(4)) == .refuse)
    #expect(health.verdict(at: .seconds(5)) == .probe)
    health.began(at: .seconds(5))
    #expect(health.verdict(at: .seconds(5)) == .refuse)
  }

  @Test func aSuccessForgetsAllFailures() {
    var health = health()
    for _ in 0..<2 { health.failed(at: .seconds(0)) }
    health.succeeded()
    for _ in 0..<2 { health.failed(at: .seconds(1)) }
    #expect(health.verdict(at: .seconds(1)) == .admit)
  }

  @Test func eachFailedProbeDoublesTheRestUpToTheLongest() {
    var health = health()
    for _ in 0..<3 { health.failed(at: .seconds(0)) }
    var now = Duration.seconds(5)
    for rest in [10, 20, 20, 20] {
      health.began(at: now)
      health.failed(at: now)
      #expect(health.verdict(at: now + .seconds(rest) - .nanoseconds(1)) == .refuse)
      now += .seconds(rest)
      #expect(health.verdict(at: now) == .probe)
    }
    health.began(at: now)
    health.succeeded()
    #expect(health.verdict(at: now) == .admit)
  }

  @Test func aProbeWhoseCallerLeftSaysNothing() {
    var health = health()
    for _ in 0..<3 { health.failed(at: .seconds(0)) }
    health.began(at: .seconds(5))
    health.abandoned(at: .seconds(6))
    #expect(health.verdict(at: .seconds(6)) == .probe)
  }

  @Test func aLateFailureDoesNotLengthenARest() {
    var health = health()
    for _ in 0..<4 { health.failed(at: .seconds(0)) }
    #expect(health.verdict(at: .seconds(5)) == .probe)
  }
}

@Suite struct LeastOutstandingTests {
  fileprivate typealias Load = LeastOutstanding.Load
  private let router = LeastOutstanding(limit: 2)

  @Test func theLeastBusyIsChosenAndTheFirstAmongEquals() {
    #expect(router.choose([Load(inFlight: 1, meanSeconds: 1), Load(inFlight: 0, meanSeconds: 1)]) == .assign(1))
    #expect(router.choose([Load(inFlight: 1, meanSeconds: 1), Load(inFlight: 1, meanSeconds: 1)]) == .assign(0))
  }

  @Test func aSlowWorkerCountsForWhatItsWorkTakes() {
    #expect(router.choose([Load(inFlight: 0, meanSeconds: 3), Load(inFlight: 1, meanSeconds: 1)]) == .assign(1))
  }

  @Test func aWorkerThatWasNeverMeasuredIsTried() {
    #expect(router.choose([Load(inFlight: 1, meanSeconds: 1), Load(inFlight: 0, meanSeconds: nil)]) == .assign(1))
  }

  @Test func fullWorkersMakeItWaitAndNoneIsNone() {
    #expect(router.choose([Load(inFlight: 2, meanSeconds: 1)]) == .wait)
    #expect(router.choose([Load(inFlight: 2, meanSeconds: 1), Load(inFlight: 1, meanSeconds: 9)]) == .assign(1))
    #expect(router.choose([]) == .none)
  }

  @Test func theMeanFollowsByAFifth() {
    var mean = MovingMean()
    mean.add(10)
    #expect(mean.value == 10)
    mean.add(20)
    #expect(mean.value == 12)
  }
}

@Suite struct RendezvousTests {
  private func key(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

  @Test func aNodeThatJoinsTakesOnlyItsShareAndNothingElseMoves() {
    for count in [1, 2, 3, 8] {
      let nodes = (0..<count).map { "tcp://10.0.0.\($0):7602" }
      let more = nodes + ["tcp://10.0.1.1:7602"]
      var moved = 0
      for number in 0..<10_000 {
        let before = Rendezvous.order(key(number), among: nodes)[0]
        let after = Rendezvous.order(key(number), among: more)[0]
        guard after != before else { continue }
        moved += 1
        #expect(after == count)
      }
      // Its share, and 5 % for chance.
      #expect(Double(moved) / 10_000 <= 1 / Double(count + 1) + 0.05)
      #expect(Double(moved) / 10_000 >= 1 / Double(count + 1) - 0.05)
    }
  }

  /// Of decoders and of the store's nodes alike: whoever joins takes its share, and 5 % for chance, from all others alike.
  @Test func whoeverJoinsFleetsOfAnySizeTakesAtMostItsShare() {
    var random = SeededGenerator(seed: 8)
    for count in 1...32 {
      let names = (0...count).map { _ in
        "tcp://10.\(UInt8.random(in: 0...255, using: &random)).\(UInt16.random(in: 0...9999, using: &random)):7602"
      }
      let (before, after) = (Array(names.dropLast()), names)
      let keys = (0..<4000).map { _ in (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) } }
      var moved = 0
      for key in keys {
        let (old, new) = (Rendezvous.order(key, among: before)[0], Rendezvous.order(key, among: after)[0])
        guard old != new else { continue }
        moved += 1
        #expect(new == count, "seed 8, \(count) nodes: a key moved between two that were there")
      }
      #expect(Double(moved) / 4000 <= 1 / Double(count + 1) + 0.05, "seed 8, \(count) nodes: \(moved) of 4000 moved")
      #expect(moved > 0, "seed 8, \(count) nodes")
    }
  }

  @Test func theOrderOfTheListDoesNotMatter() {
    let nodes = ["a", "b", "c", "d"]
    for number in 0..<100 {
      let forward = Rendezvous.order(key(number), among: nodes).map { nodes[$0] }
      let backward = Rendezvous.order(key(number), among: nodes.reversed()).map { nodes.reversed()[$0] }
      #expect(forward == backward)
    }
  }

  @Test func aPopularKeyDoesNotDrownItsNode() {
    var loads = [0, 0, 0, 0]
    for _ in 0..<400 {
      let nodes = loads.enumerated().map { BoundedLoad.Node(name: "node-\($0.offset)", load: $0.element) }
      guard let chosen = BoundedLoad().choose(key: [7], nodes: nodes) else { continue }
      loads[chosen] += 1
    }
    #expect(loads.reduce(0, +) == 400)
    #expect((loads.max() ?? 0) <= 126, "\(loads): at most 1.25 times the mean of 100, rounded up")
  }

  @Test func anIdleFleetKeepsAKeyWhereItIsAndNobodyIsNobody() {
    let nodes = (0..<3).map { BoundedLoad.Node(name: "node-\($0)", load: 0) }
    let home = Rendezvous.order([1, 2, 3], among: nodes.map(\.name))[0]
    #expect(BoundedLoad().choose(key: [1, 2, 3], nodes: nodes) == home)
    #expect(BoundedLoad().choose(key: [1], nodes: []) == nil)
  }
}

@Suite struct RetryBudgetTests {
  @Test func aBrokenFleetIsTriedAgainForAFifthOfTheTrafficAndAFewBesides() {
    var budget = RetryBudget()
    var retries = 0
    for _ in 0..<10_000 {
      budget.attempt()
      while budget.mayRetry() { retries += 1 }
    }
    #expect(retries <= 2_000 + 10 && retries >= 2_000)
  }

  @Test func aQuietGatewayMayRetry() {
    var budget = RetryBudget()
    let mayRetry = budget.mayRetry()
    #expect(mayRetry)
  }
}

@Suite struct PrecisionChoiceTests {
  @Test func theFinestThatIsOfferedIsChosenAndStaysWhileNobodyOffers() {
    var choice = PrecisionChoice()
    #expect(choice.choose(for: "a", among: []).isEmpty)
    #expect(choice.choose(for: "a", among: ["int8", "int8"]) == "int8")
    #expect(choice.choose(for: "a", among: ["int8", "bf16", "other"]) == "bf16")
    #expect(choice.choose(for: "a", among: []) == "bf16")
    #expect(choice.choose(for: "b", among: ["int8"]) == "int8")
    #expect(choice.choose(for: "a", among: ["bf16", "fp32", "int8"]) == "fp32")
    #expect(choice.choose(for: "a", among: ["other"]) == "other")
    #expect(choice.current == ["a": "other", "b": "int8"])
  }
}

extension LeastOutstandingTests {
  /// Measured times of equal workers differ by some percent; eight views are four for each all the same.
  @Test func noiseInTheTimesGivesNobodyMore() {
    let router = LeastOutstanding(limit: 9)
    var loads = [Load(inFlight: 0, meanSeconds: 1), Load(inFlight: 0, meanSeconds: 1.2)]
    for _ in 0..<8 {
      guard case .assign(let index) = router.choose(loads) else { return #expect(Bool(false), "\(loads)") }
      loads[index].inFlight += 1
    }
    #expect(loads.map(\.inFlight) == [4, 4])
  }
}

@Suite struct HedgeTests {
  /// What waits behind others is not late before they have had their time.
  @Test func patienceGrowsWithTheLineAndHasAFloor() {
    #expect(Hedge.patience(meanSeconds: 1, place: 1) == .seconds(3))
    #expect(Hedge.patience(meanSeconds: 1, place: 4) == .seconds(12))
    #expect(Hedge.patience(meanSeconds: 0.001, place: 1) == .milliseconds(50))
  }
}
