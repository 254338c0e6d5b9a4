import Concurrency
import RPC
import TestSupport
import Testing

/// The views of one picture on several vision workers, on the simulated clock.
@Suite struct ViewsTests {
  /// What preparing the picture and carrying its parts may add to the bound that the views themselves set.
  private static let overhead = 1.1

  /// The first picture that a fleet ever sees, and one after it, when the workers' times have been measured.
  private func makespans(views: Int, workers: Int) async throws -> [Duration] {
    try await Simulation.run(seed: UInt64(100 * workers + views)) { simulation in
      try await SimulatedFleet.with(simulation, workers: workers, views: views) { fleet in
        [try await fleet.ask(1), try await fleet.ask(2)]
      }
    }
  }

  @Test(arguments: 1...16) func manyWorkersEncodeAPictureInTheirShareOfOnesTime(views: Int) async throws {
    let alone = try await makespans(views: views, workers: 1)
    for workers in [1, 2, 4, 8] {
      let rounds = (views + workers - 1) / workers
      for (one, many) in zip(alone, try await makespans(views: views, workers: workers)) {
        #expect(
          many <= one * Self.overhead * Double(rounds) / Double(views),
          "\(views) views on \(workers) workers took \(many), on one \(one)")
      }
    }
  }

  @Test func aPictureIsPreparedOnceAndItsViewsAreEncodedOnce() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedFleet.with(simulation, workers: 3, views: 7) { fleet in
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await fleet.ask(9) } }
            try await group.waitForAll()
          }
          let ended = fleet.events.compactMap { if case .ended(let view, _) = $0 { view } else { nil } }
          #expect(ended.sorted() == Array(0..<7), "seed \(seed)")
          #expect(fleet.events.count { if case .prepared = $0 { true } else { false } } == 1, "seed \(seed)")
        }
      }
    }
  }

  @Test func aLostWorkerCostsItsOwnViewsAndNoOthers() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedFleet.with(simulation, workers: 2, views: 6) { fleet in
          fleet.workers[1].isFailing.withLock { $0 = true }
          try await fleet.ask(3)
          let ended = fleet.events.compactMap { if case .ended(let view, _) = $0 { view } else { nil } }
          #expect(ended.sorted() == Array(0..<6), "seed \(seed): \(fleet.events)")
        }
      }
    }
  }

  /// A worker stands still in the middle: what it had goes to the other after three times what it should have taken, the
  /// first answer counts, and the one that stands still is told.
  @Test func aStragglersViewsAreEncodedByAnotherWorkerBesides() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedFleet.with(simulation, workers: 2, views: 4) { fleet in
          try await fleet.ask(4)
          #expect(fleet.events.count { if case .began = $0 { true } else { false } } == 4, "seed \(seed): no need yet")
          fleet.forget()
          fleet.workers[0].encodeTime.withLock { $0 = .seconds(3600) }
          let waited = try await fleet.ask(5)
          let stuck = fleet.events.compactMap { if case .began(let view, 0) = $0 { view } else { nil } }
          #expect(!stuck.isEmpty, "seed \(seed)")
          for view in stuck {
            let events = fleet.events
            let began = try #require(events.firstIndex(of: .began(view: view, worker: 0)))
            let again = try #require(events.firstIndex(of: .began(view: view, worker: 1)))
            let ended = try #require(events.firstIndex(of: .ended(view: view, worker: 1)))
            #expect(began < again && again < ended, "seed \(seed): \(events)")
            while !fleet.events.contains(.cancelled(view: view, worker: 0)) {
              try await simulation.timeline.sleep(for: .milliseconds(1))
            }
          }
          // Three times the time of a view for each place in the line, and then the views themselves.
          let patience = SimulatedFleet.encodeTime * 3 * stuck.count
          #expect(waited >= SimulatedFleet.encodeTime * 3, "seed \(seed): nobody is late before its time")
          #expect(waited <= patience * 1.5 + SimulatedFleet.encodeTime * stuck.count, "seed \(seed): \(waited)")
          // And then it gets less to do.
          fleet.forget()
          try await fleet.ask(6)
          let given = fleet.events.count { if case .began(_, 0) = $0 { true } else { false } }
          #expect(stuck.count == 2 && given < 2, "seed \(seed): \(fleet.events)")
        }
      }
    }
  }

  /// Forty pictures at once, and time for some twenty, of which a third is kept in hand: those that would come too late hear of it at once, and nobody
  /// encodes what nobody gets.
  @Test func whoWouldBeEncodedTooLateIsRefusedAndNotEncoded() async throws {
    for seed in 1...UInt64(20) {
      try await Simulation.run(seed: seed) { simulation in
        try await SimulatedFleet.with(simulation, workers: 1, views: 1) { fleet in
          try await fleet.ask(1)
          fleet.forget()
          let (started, refusedBy) = (simulation.timeline.now, Lock(simulation.timeline.now))
          let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
            for picture in 10..<UInt8(50) {
              group.addTask {
                do {
                  try await fleet.ask(picture, by: started + SimulatedFleet.encodeTime * 20)
                  return true
                } catch let error as ServiceError where error.code == .overloaded {
                  refusedBy.withLock { $0 = max($0, simulation.timeline.now) }
                  #expect(error.retryAfter != nil)
                  return false
                }
              }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
          }
          let ended = fleet.events.count { if case .ended = $0 { true } else { false } }
          #expect((11...15).contains(answered) && ended == answered, "seed \(seed): \(answered), encoded \(ended)")
          #expect(!fleet.events.contains { if case .cancelled = $0 { true } else { false } }, "seed \(seed)")
          #expect(refusedBy.withLock { $0 } < started + SimulatedFleet.encodeTime, "seed \(seed)")
        }
      }
    }
  }
}
