import Concurrency
import Contracts
import Members
import RPC
import TestSupport
import Testing

/// Workers that come and go while questions are asked, on the simulated clock.
@Suite struct MembersTests {
  /// Asks on `clientCount` clients, each one question after another, until `script` has ended; returns how many were answered.
  private func underLoad(
    _ fleet: ElasticFleet, clientCount: Int, _ script: @escaping @Sendable () async throws -> Void
  ) async throws -> Int {
    let (isOver, next) = (Lock(false), Lock(0))
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<clientCount {
        group.addTask {
          var count = 0
          while !isOver.withLock({ $0 }) {
            try await fleet.ask(
              next.withLock { next in
                next += 1
                return next
              })
            count += 1
          }
          return count
        }
      }
      group.addTask {
        try await script()
        isOver.withLock { $0 = true }
        return 0
      }
      return try await group.reduce(0, +)
    }
  }

  private func views(_ kind: ElasticFleet.Event.Kind, in fleet: ElasticFleet) -> [String: [Int]] {
    Dictionary(grouping: fleet.log.withLock { $0 }.filter { $0.kind == kind }, by: \.view).mapValues {
      $0.map(\.worker)
    }
  }

  private func states(_ fleet: ElasticFleet) async throws -> [String] {
    try await fleet.status().workers.filter { $0.role == .vision }.map(\.state)
  }

  private func expectConservation(_ fleet: ElasticFleet, answered: Int, seed: UInt64) async {
    let gauges = await fleet.gateway.health().gauges
    func count(_ name: String) -> Int { gauges.first { $0.name == name }?.value ?? -1 }
    #expect(count("received") == answered && count("completed") == answered, "seed \(seed): \(gauges)")
    #expect(count("in_progress") == 0 && count("failed") == 0 && count("refused") == 0, "seed \(seed): \(gauges)")
  }

  @Test func from1To8WorkersAndBackNothingIsLostAndNoViewIsEncodedTwice() async throws {
    for seed in 1...UInt64(3) {
      try await Simulation.run(seed: seed) { simulation in
        try await ElasticFleet.with(simulation, workers: 8) { fleet in
          try await fleet.scale(to: 1)
          let answered = try await underLoad(fleet, clientCount: 16) {
            for count in [2, 4, 8] {
              try await fleet.scale(to: count)
              #expect(try await states(fleet) == Array(repeating: "ready", count: count), "seed \(seed)")
            }
            // As a cluster does it: told to stop, and only then gone from the name.
            fleet.script.lead(to: [ElasticFleet.number(0)])
            await withTaskGroup(of: Void.self) { group in
              for index in 1..<8 { group.addTask { await fleet.stop(index) } }
            }
            try await fleet.scale(to: 1)
            #expect(try await states(fleet) == ["ready"], "seed \(seed)")
          }
          let (began, ended) = (views(.began, in: fleet), views(.ended, in: fleet))
          #expect(ended.count == answered * ElasticFleet.viewCount, "seed \(seed)")
          #expect(began.values.allSatisfy { $0.count == 1 }, "seed \(seed): \(began.filter { $0.value.count > 1 })")
          #expect(Set(ended.values.flatMap { $0 }) == Set(0..<8), "seed \(seed): all of them worked")
          await expectConservation(fleet, answered: answered, seed: seed)
        }
      }
    }
  }

  @Test func onlyTheViewsOfALostWorkerAreEncodedAgain() async throws {
    for seed in 1...UInt64(3) {
      try await Simulation.run(seed: seed) { simulation in
        try await ElasticFleet.with(simulation, workers: 4) { fleet in
          try await fleet.scale(to: 4)
          let answered = try await underLoad(fleet, clientCount: 8) {
            try await simulation.timeline.sleep(for: .seconds(3))
            fleet.workers[2].failsOneIn.withLock { $0 = 1 }
            try await simulation.timeline.sleep(for: .seconds(3))
          }
          let (began, ended) = (views(.began, in: fleet), views(.ended, in: fleet))
          #expect(ended.count == answered * ElasticFleet.viewCount, "seed \(seed)")
          #expect(ended.values.allSatisfy { $0.count == 1 }, "seed \(seed): \(ended.filter { $0.value.count > 1 })")
          // What else was begun twice was late while three did the work of four; the slower of the two was cancelled.
          #expect(began.values.contains { $0.count > 1 && $0.contains(2) }, "seed \(seed)")
          await expectConservation(fleet, answered: answered, seed: seed)
        }
      }
    }
  }

  /// It leaves the name while it works: what it has it finishes, and then it is let go.
  @Test func whoLeavesTheNameFinishesWhatItHas() async throws {
    try await Simulation.run(seed: 5) { simulation in
      try await ElasticFleet.with(simulation, workers: 2) { fleet in
        try await fleet.scale(to: 1)
        let answers = Lock(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
          // More than a worker does between two resolutions, so that it is at work when it leaves.
          for picture in 0..<30 {
            group.addTask {
              try await fleet.ask(picture)
              answers.withLock { $0 += 1 }
            }
          }
          fleet.script.lead(to: [ElasticFleet.number(1)])
          try await group.waitForAll()
        }
        let (began, ended) = (views(.began, in: fleet), views(.ended, in: fleet))
        #expect(answers.withLock { $0 } == 30 && ended.count == 30 * ElasticFleet.viewCount)
        #expect(began.values.allSatisfy { $0.count == 1 } && Set(began.values.joined()) == [0, 1])
        let workers = try await fleet.status().workers.filter { $0.role == .vision }
        #expect(workers.map(\.address) == ["\(ElasticFleet.address(1))"], "it was let go")
      }
    }
  }

  @Test func aNameThatNobodyAnswersForKeepsItsWorkers() async throws {
    try await Simulation.run(seed: 6) { simulation in
      try await ElasticFleet.with(simulation, workers: 2) { fleet in
        try await fleet.scale(to: 2)
        fleet.script.lead(to: nil)
        try await simulation.timeline.sleep(for: MemberLimits.resolveInterval * 4)
        #expect(try await states(fleet) == ["ready", "ready"])
        try await fleet.ask(1)
        try await fleet.scale(to: 1)
        #expect(try await states(fleet) == ["ready"])
      }
    }
  }

  @Test func aDrainedWorkerGetsNothingNewAndFinishesWhatItHas() async throws {
    try await Simulation.run(seed: 7) { simulation in
      try await ElasticFleet.with(simulation, workers: 2) { fleet in
        try await fleet.scale(to: 2)
        let name = "\(ElasticFleet.address(0))"
        let context = CallContext(trace: TraceID(high: 0, low: 0))
        async let answer: Void = fleet.ask(1)
        while !fleet.log.withLock({ $0.contains { $0.worker == 0 } }) {
          try await simulation.timeline.sleep(for: .milliseconds(1))
        }
        let reply = try await fleet.client.drain(DrainRequest(address: name), in: context)
        #expect(reply.worker.state == "draining" && reply.worker.inFlight > 0)
        try await answer
        #expect(try await states(fleet) == ["drained", "ready"])
        #expect(views(.ended, in: fleet).values.contains([0]), "what it had was not cut")
        fleet.log.withLock { $0 = [] }
        for picture in 2..<6 { try await fleet.ask(picture) }
        #expect(fleet.log.withLock { $0 }.allSatisfy { $0.worker == 1 })
        _ = try await fleet.client.drain(DrainRequest(address: name, isUndone: true), in: context)
        for picture in 6..<10 { try await fleet.ask(picture) }
        #expect(fleet.log.withLock { $0 }.contains { $0.worker == 0 })
        let error = await #expect(throws: ServiceError.self) {
          try await fleet.client.drain(DrainRequest(address: "tcp://nobody:1"), in: context)
        }
        #expect(error?.code == .notFound && error?.message.contains(name) == true)
      }
    }
  }

  @Test func whenAllAreDrainedAQuestionIsRefusedAndSaysSo() async throws {
    try await Simulation.run(seed: 8) { simulation in
      try await ElasticFleet.with(simulation, workers: 1) { fleet in
        try await fleet.scale(to: 1)
        let context = CallContext(trace: TraceID(high: 0, low: 0))
        _ = try await fleet.client.drain(DrainRequest(address: "\(ElasticFleet.address(0))"), in: context)
        let error = await #expect(throws: ServiceError.self) { try await fleet.ask(1) }
        #expect(
          error?.code == .unavailable && error?.message.contains("drained") == true, "\(String(describing: error))")
      }
    }
  }

  /// Every third view fails there and nowhere else: three in a row it never is, and yet it is left out for a while.
  @Test func aWorkerThatFailsNowAndThenIsEjectedAndComesBack() async throws {
    try await Simulation.run(seed: 9) { simulation in
      try await ElasticFleet.with(simulation, workers: 4) { fleet in
        try await fleet.scale(to: 4)
        fleet.workers[1].failsOneIn.withLock { $0 = 2 }
        let wasEjected = Lock(false)
        _ = try await underLoad(fleet, clientCount: 8) {
          for _ in 0..<20 {
            try await simulation.timeline.sleep(for: .milliseconds(500))
            if try await states(fleet).contains("ejected") { wasEjected.withLock { $0 = true } }
          }
        }
        #expect(wasEjected.withLock { $0 })
        fleet.workers[1].failsOneIn.withLock { $0 = nil }
        try await simulation.timeline.sleep(for: .seconds(60))
        for picture in 0..<12 { try await fleet.ask(1_000_000 + picture) }
        #expect(try await states(fleet) == Array(repeating: "ready", count: 4))
      }
    }
  }

  @Test func aTraceTellsWhichWorkersHadItAndHowLong() async throws {
    try await Simulation.run(seed: 10) { simulation in
      try await ElasticFleet.with(simulation, workers: 1) { fleet in
        try await fleet.scale(to: 1)
        try await fleet.ask(3)
        let reply = await fleet.gateway.traces(of: TraceID(high: 1, low: 3))
        let own = try #require(reply.records.first)
        #expect(reply.records.count == 1, "these workers keep no traces")
        #expect(own.process == "gateway" && own.kind == "questions" && own.outcome == "completed")
        #expect(own.duration >= ElasticFleet.encodeTime * ElasticFleet.viewCount && own.beganAgo >= own.duration)
        #expect(own.stages.contains { $0.name.hasPrefix("encode on tcp://10.0.0.1") })
        #expect(await fleet.gateway.traces(of: TraceID(high: 1, low: 4)).records.isEmpty)
      }
    }
  }
}
