import Concurrency
import ModelFixtures
import RPC
import SimulatedSystem
import Testing

/// Bugs that are planted, to see that the simulation finds them: each must be reported as what it is, and within the seeds
/// that are run in the gate.
@Suite struct CanaryTests {
  /// What is found first, in the seeds of the gate; nothing where nothing is.
  private func finding(_ plants: @Sendable () -> Plants) async throws -> (seed: UInt64, kinds: Set<Violation.Kind>)? {
    let kit = try ModelKit(try CheckpointGolden.splitting("next"))
    for seed in WholeSystemTests.seeds {
      let report = try await SimulatedSystem.run(seed: seed, kit, plants())
      if !report.violations.isEmpty { return (seed, Set(report.violations.map(\.kind))) }
    }
    return nil
  }

  @Test func aLostEndIsAQuestionWithoutAnEnd() async throws {
    let found = try await finding {
      let isNext = EveryNth(50)
      var plants = Plants()
      plants.network = { transport, host in
        guard host.hasPrefix("decoder") else { return transport }
        return ForgetfulTransport(transport: transport) { $0.kind == .end && isNext.next() }
      }
      return plants
    }
    #expect(found?.kinds == [.noEnd], "\(String(describing: found))")
  }

  @Test func aDoubleExecutionIsADoubleExecution() async throws {
    let found = try await finding {
      var plants = Plants()
      plants.decoder = { TwofoldDecoder(decoder: $0) }
      return plants
    }
    #expect(found?.kinds == [.doubleExecution], "\(String(describing: found))")
  }

  @Test func aLeakedBlockIsALeakedBlock() async throws {
    let found = try await finding {
      var plants = Plants()
      plants.engine = { $0.loseBlock() }
      return plants
    }
    #expect(found?.kinds == [.leakedBlocks], "\(String(describing: found))")
  }

  @Test func aStaleFeatureIsAWrongAnswer() async throws {
    let found = try await finding {
      var plants = Plants()
      plants.tier = { StaleTier($0) }
      return plants
    }
    #expect(found?.kinds == [.wrongAnswer], "\(String(describing: found))")
  }

  @Test func aMissedCancelIsWorkThatGoesOn() async throws {
    let found = try await finding {
      let isNext = EveryNth(5)
      var plants = Plants()
      plants.network = { transport, host in
        guard host.hasPrefix("gateway") else { return transport }
        return ForgetfulTransport(transport: transport) { $0.kind == .cancel && isNext.next() }
      }
      return plants
    }
    #expect(found?.kinds == [.missedCancel], "\(String(describing: found))")
  }
}
