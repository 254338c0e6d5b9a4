import Concurrency
import Contracts
import RPC
import Serving
import Telemetry
import Testing

@Suite struct AdmissionTests {
  private struct Broken: Error {}

  private func value(_ admission: Admission, _ name: String) -> Int? {
    admission.gauges.first { $0.name == name }?.value
  }

  @Test func everyEndGivesThePlaceBackAndIsCountedAsWhatItWas() async throws {
    let admission = Admission(limit: 1, of: "things", clock: SystemClock())
    try await admission.withPlace { () }
    await #expect(throws: Broken.self) { try await admission.withPlace { throw Broken() } }
    await #expect(throws: CancellationError.self) { try await admission.withPlace { throw CancellationError() } }
    #expect(value(admission, "completed") == 1)
    #expect(value(admission, "failed") == 1)
    #expect(value(admission, "cancelled") == 1)
    #expect(admission.inProgress == 0)
  }

  @Test func whatIsOverTheLimitIsRefusedAtOnceWithATimeToComeAgain() async throws {
    let admission = Admission(limit: 1, of: "things", clock: SystemClock())
    _ = try await admission.withPlace {
      await #expect {
        try await admission.withPlace { () }
      } throws: { error in
        guard let error = error as? ServiceError else { return false }
        return error.code == .overloaded && error.retryAfter != nil && error.message.contains("1 things")
      }
    }
    #expect(value(admission, "refused") == 1 && value(admission, "received") == 2)
  }

  @Test func aClosedDoorRefusesAndLetsThoseInsideFinish() async throws {
    let admission = Admission(limit: 2, of: "things", clock: SystemClock())
    _ = try await admission.withPlace {
      admission.close()
      await #expect(throws: ServiceError.self) { try await admission.withPlace { () } }
    }
    #expect(value(admission, "completed") == 1 && value(admission, "refused") == 1)
  }

  @Test func aLedgerThatIsOffSaysWhichSum() {
    var ledger = Ledger()
    ledger.accept()
    ledger.refuse()
    ledger.complete()
    #expect(ledger.imbalance == nil)
    ledger.complete()
    #expect(ledger.imbalance?.contains("accepted 1, but completed 2") == true)
  }
}
