import Contracts
import Testing

@testable import CLI

struct TableTests {
  @Test func columnsAreAsWideAsTheirWidestCell() {
    var table = Table(["NAME", "COUNT", ""], alignedRight: [1])
    table.add(["a", "1", "first"])
    table.add(["longer name", "1000000", ""])
    #expect(
      table.text == """
        NAME           COUNT
        a                  1  first
        longer name  1000000

        """)
  }

  private static let status = StatusReply(
    isReady: false, reason: "no decoder is ready",
    workers: [
      WorkerStatus(
        address: "tcp://127.0.0.1:7601", role: .vision, state: "ready", reason: "", model: "demo", inFlight: 2,
        gauges: [Gauge("received", 5), Gauge("waiting", 1)]),
      WorkerStatus(
        address: "tcp://127.0.0.1:7602", role: .decoder, state: "connecting", reason: "Connection refused", model: "",
        inFlight: 0),
    ], gauges: [Gauge("received", 7), Gauge("accepted", 6), Gauge("cache_bytes", 2048)], build: "llava 1")

  @Test func aStatusShowsWorkersLedgersAndWhatElseIsCounted() {
    #expect(
      Self.status.table == """
        gateway not ready: no decoder is ready (llava 1)

        ROLE     ADDRESS               STATE       MODEL  IN FLIGHT
        vision   tcp://127.0.0.1:7601  ready       demo           2
        decoder  tcp://127.0.0.1:7602  connecting                 0  Connection refused

        LEDGER                        RECEIVED  ACCEPTED  REFUSED  COMPLETED  FAILED  CANCELLED  IN PROGRESS
        gateway                              7         6        -          -       -          -            -
        vision tcp://127.0.0.1:7601          5         -        -          -       -          -            -
        decoder tcp://127.0.0.1:7602         -         -        -          -       -          -            -

        gateway: cache 2.0 KiB
        vision tcp://127.0.0.1:7601: waiting 1

        """)
  }

  @Test func aStatusIsCompleteOnceEverybodyIsReady() {
    var status = Self.status
    #expect(!status.isComplete)
    status.isReady = true
    #expect(!status.isComplete)
    status.workers[1].state = "ready"
    #expect(status.isComplete)
  }

  @Test func aStatusIsOneJSONObject() throws {
    #expect(
      try StatusReport(Self.status).json.hasPrefix(
        #"{"build":"llava 1","gauges":{"accepted":6,"cache_bytes":2048,"received":7},"ready":false,"#))
  }
}
