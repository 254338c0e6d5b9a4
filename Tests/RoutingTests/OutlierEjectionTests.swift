import Routing
import TestSupport
import Testing

@Suite struct OutlierEjectionTests {
  private typealias Ejection = OutlierEjection<String, Duration>
  private let names = ["a", "b", "c", "d"]

  private func ejection() -> Ejection { Ejection { $0 + $1 } }

  /// So many pieces of work on each worker at `now`; `share` of those on `bad` fail.
  private func work(
    _ ejection: inout Ejection, on names: [String], count: Int = 20, failing bad: Set<String> = [], share: Double = 1,
    taking seconds: [String: Double] = [:], at now: Duration
  ) {
    for name in names {
      for index in 0..<count {
        let failed = bad.contains(name) && Double(index) < share * Double(count)
        ejection.ended(on: name, seconds: failed ? nil : seconds[name] ?? 1, failed: failed, at: now)
      }
    }
  }

  @Test func whoFailsFarMoreOftenThanItsPeersIsOutAndSaysWhy() {
    var ejection = ejection()
    work(&ejection, on: names, failing: ["b"], share: 0.5, at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(2)) == ["b"])
    #expect(ejection.reason(for: "b", at: .seconds(2)) == "fails 50 % of its work, its peers 0 %")
    #expect(ejection.reason(for: "a", at: .seconds(2)) == nil)
  }

  @Test func whoTakesManyTimesAsLongAsItsPeersIsOut() {
    var ejection = ejection()
    work(&ejection, on: names, taking: ["c": 6], at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(2)) == ["c"])
    #expect(ejection.reason(for: "c", at: .seconds(2)) == "takes 6000 ms where its peers take 1000 ms")
  }

  @Test func slownessThatIsStillOfUseAndNoiseAreNoFault() {
    var ejection = ejection()
    work(&ejection, on: names, taking: ["c": 4], at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(2)).isEmpty)
    var quick = self.ejection()
    work(&quick, on: names, taking: ["a": 0.001, "b": 0.001, "c": 0.04, "d": 0.001], at: .seconds(1))
    #expect(quick.ejected(among: names, at: .seconds(2)).isEmpty, "40 ms more are a stall of the machine")
  }

  @Test func whatAllShareIsNobodysFault() {
    var ejection = ejection()
    work(&ejection, on: names, failing: Set(names), share: 0.6, at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(2)).isEmpty)
  }

  @Test func fewPiecesOfWorkProveNothing() {
    var ejection = ejection()
    work(&ejection, on: names, count: 9, failing: ["a"], at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(1)).isEmpty)
    var alone = self.ejection()
    work(&alone, on: ["a"], failing: ["a"], at: .seconds(1))
    #expect(alone.ejected(among: names, at: .seconds(1)).isEmpty, "there is nobody to compare it with")
  }

  @Test func whatWasLongAgoIsForgotten() {
    var ejection = ejection()
    work(&ejection, on: names, failing: ["a"], at: .seconds(1))
    #expect(ejection.ejected(among: names, at: .seconds(60)).isEmpty)
  }

  @Test func neverAreMoreThanHalfOut() {
    var ejection = ejection()
    work(&ejection, on: names, failing: ["a", "b", "c"], at: .seconds(1))
    let out = ejection.ejected(among: names, at: .seconds(1))
    #expect(out.count <= 2, "\(out)")
    // Two of those that are left have gone: of two, one may be out.
    #expect(ejection.ejected(among: ["a", "d"], at: .seconds(1)).count <= 1)
    #expect(ejection.ejected(among: ["a"], at: .seconds(1)).isEmpty)
  }

  @Test func eachTimeItIsOutTwiceAsLongUpToTheLongest() {
    var ejection = ejection()
    var now = Duration.seconds(1)
    for length in [10, 20, 40, 80, 160, 300, 300] {
      work(&ejection, on: names, failing: ["a"], at: now)
      #expect(ejection.ejected(among: names, at: now) == ["a"], "\(length)")
      let end = now + .seconds(length)
      #expect(ejection.ejected(among: names, at: end - .nanoseconds(1)) == ["a"], "\(length)")
      #expect(ejection.ejected(among: names, at: end).isEmpty, "\(length)")
      now = end + .seconds(1)
    }
  }

  @Test func whoHasBeenGoodForLongIsForgivenAndAnotherProcessStartsAnew() {
    var ejection = ejection()
    func isOut(at now: Duration) -> Bool { ejection.ejected(among: names, at: now) == ["a"] }
    for start in [Duration.seconds(1), .seconds(400)] {
      work(&ejection, on: names, failing: ["a"], at: start)
      #expect(isOut(at: start) && isOut(at: start + .seconds(9)))
      #expect(!isOut(at: start + .seconds(10)), "\(start): ten seconds, as the first time")
    }
    work(&ejection, on: names, failing: ["a"], at: .seconds(420))
    #expect(isOut(at: .seconds(420)))
    ejection.forget("a")
    #expect(!isOut(at: .seconds(420)) && ejection.reason(for: "a", at: .seconds(420)) == nil)
  }

  /// Whatever the events, never more than half are out, and nobody who was never at fault.
  @Test func noScriptEjectsMoreThanHalfOrTheGood() {
    for seed in 1...UInt64(100) {
      var random = SeededGenerator(seed: seed)
      var ejection = ejection()
      var now = Duration.zero
      let all = (0..<Int.random(in: 1...9, using: &random)).map { "w\($0)" }
      for _ in 0..<400 {
        now += .milliseconds(Int.random(in: 0..<500, using: &random))
        guard let name = all.randomElement(using: &random) else { continue }
        let isBad = name != "w0" && random.oneIn(2)
        ejection.ended(on: name, seconds: isBad ? nil : 1, failed: isBad, at: now)
        let present = all.filter { _ in !random.oneIn(4) }
        let out = ejection.ejected(among: present, at: now)
        #expect(out.count <= present.count / 2 && out.isSubset(of: present) && !out.contains("w0"), "seed \(seed)")
      }
    }
  }
}
