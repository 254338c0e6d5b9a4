import Concurrency
import Contracts
import Foundation
import Launch
import RPC
import Serving
import Testing

@testable import CLI

struct DoctorPlaceTests {
  @Test func aCacheThatCannotBeWrittenIsOneLine() async throws {
    try await Patient.with { patient in
      patient.places.cache = patient.demo + "/config.json/llava"
      let report = await patient.examine([.places])
      #expect(report.failures == ["places: cache directory"])
      #expect(report.isAdvised)
    }
  }

  @Test func aRuntimeDirectoryThatOthersMayReadIsOneLine() async throws {
    try await Patient.with { patient in
      try FileManager.default.createDirectory(
        atPath: patient.places.runtime, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      let report = await patient.examine([.places])
      #expect(report.failures == ["places: runtime directory"])
      #expect(report.failureTexts[0].contains("mode 755"))
      #expect(FileManager.default.fileExists(atPath: patient.places.runtime))
    }
  }

  @Test func aPortThatSomebodyElseHasIsOneLine() async throws {
    try await Patient.with { patient in
      // It takes connections, and says nothing.
      let listener = try await patient.transport.listen(at: Address("tcp://127.0.0.1:0"))
      patient.places.doors.append((.vision, listener.address))
      patient.places.patience = .milliseconds(20)
      let report = await patient.examine([.places])
      await listener.close()
      #expect(report.failures == ["places: vision at \(listener.address)"])
      #expect(report.failureTexts[0].contains("in use"))
      #expect(report.isAdvised)
    }
  }

  private struct Nobody: CallHandler {
    func answer(_ call: IncomingCall) async throws {}
  }

  @Test(arguments: [Role.gateway, .vision, .decoder], [Role.client, .gateway])
  func aPortThatALlavaHasIsWell(role: Role, expecting: Role) async throws {
    try await Patient.with { patient in
      let clock = SystemClock()
      let listener = try await patient.transport.listen(at: Address("tcp://127.0.0.1:0"))
      let server = Server(answering: Nobody(), as: Hello(role: role), for: [expecting], clock: clock)
      patient.places.doors = [(role, listener.address)]
      patient.places.patience = .seconds(60)
      let places = patient.places
      let report = await withTaskGroup(of: Void.self) { group in
        group.addTask { await server.run(on: listener) }
        defer { group.cancelAll() }
        return await DoctorReport.of(places.checks)
      }
      #expect(report.failures == [])
      guard case .passed(let found)? = report.results.last?.outcome else { return }
      #expect(found.hasPrefix("taken by "))
    }
  }
}
