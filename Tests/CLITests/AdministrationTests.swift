import Contracts
import RPC
import Testing

@testable import CLI

struct AuditTests {
  private func status(gateway: [Int], worker: [Int]?) -> StatusReply {
    func gauges(_ counts: [Int]) -> [Gauge] { zip(Audit.names, counts).map { Gauge($0, $1) } + [Gauge("waiting", 1)] }
    return StatusReply(
      isReady: true, reason: "",
      workers: [
        WorkerStatus(
          address: "ipc:///v", role: .vision, state: "ready", reason: "", model: "demo", inFlight: 0,
          gauges: worker.map(gauges) ?? [])
      ], gauges: gauges(gateway), build: "b")
  }

  @Test func ledgersThatAddUpAreBalanced() {
    let audit = Audit(status(gateway: [9, 7, 2, 3, 1, 1, 2], worker: [4, 4, 0, 4, 0, 0, 0]))
    #expect(audit.isBalanced && audit.silent.isEmpty)
    #expect(
      audit.text == """
        PROCESS          RECEIVED  ACCEPTED  REFUSED  COMPLETED  FAILED  CANCELLED  IN PROGRESS  ADDS UP
        gateway                 9         7        2          3       1          1            2  yes
        vision ipc:///v         4         4        0          4       0          0            0  yes

        """)
  }

  @Test(arguments: 0..<7) func anyCountThatIsOffIsAFault(index: Int) {
    for offset in [-1, 1] {
      var counts = [9, 7, 2, 3, 1, 1, 2]
      counts[index] += offset
      let audit = Audit(status(gateway: counts, worker: [4, 4, 0, 4, 0, 0, 0]))
      #expect(!audit.isBalanced, "\(counts)")
      #expect(audit.entries[0].fault.contains("not") && audit.entries[1].fault.isEmpty)
    }
  }

  @Test func whoDoesNotAnswerIsNamedAndNoFault() {
    let audit = Audit(status(gateway: [0, 0, 0, 0, 0, 0, 0], worker: nil))
    #expect(audit.isBalanced && audit.silent == ["vision ipc:///v"])
    #expect(audit.text.contains("no answer"))
  }
}

struct TopTests {
  private func status(completed: Int, tokens: Int, hits: Int) -> StatusReply {
    StatusReply(
      isReady: true, reason: "",
      workers: [
        WorkerStatus(
          address: "ipc:///d", role: .decoder, state: "ready", reason: "", model: "demo", inFlight: 3,
          gauges: [Gauge("waiting", 1), Gauge("running", 2), Gauge("completed", completed), Gauge("tokens", tokens)])
      ],
      gauges: [
        Gauge("in_progress", 3), Gauge("completed", completed), Gauge("refused", 0), Gauge("waiting", 5),
        Gauge("cache_hits", hits), Gauge("cache_misses", 10), Gauge("cache_views", 8),
      ], build: "llava 1")
  }

  @Test func ratesAreWhatHappenedInBetween() {
    let frame = TopFrame(
      status(completed: 14, tokens: 181, hits: 30), since: status(completed: 10, tokens: 100, hits: 20), seconds: 2)
    #expect(
      frame.text == """
        gateway ready (llava 1)
        questions: 3 in progress, 2.0 answered/s, 0.0 refused/s; 5 views wait for a worker
        features: 5.0 hits/s (75 % of 40), 8 kept

        ROLE     ADDRESS   STATE  IN FLIGHT  WAITING  RUNNING  DONE/S  TOKENS/S
        decoder  ipc:///d  ready          3        1        2     2.0      40.5

        """)
  }

  @Test func withoutABeforeOrAfterARestartThereAreNoRates() {
    #expect(TopFrame(status(completed: 14, tokens: 181, hits: 0)).text.contains("-         -"))
    let restarted = TopFrame(
      status(completed: 0, tokens: 1, hits: 0), since: status(completed: 10, tokens: 100, hits: 0), seconds: 1)
    #expect(restarted.text.contains("- answered/s"))
  }
}

struct WaterfallTests {
  @Test func eachProcessStandsWhereItWasInTime() {
    let records = [
      TraceRecord(
        process: "gateway", kind: "questions", outcome: "completed", beganAgo: .milliseconds(1000),
        duration: .milliseconds(400),
        stages: [TraceStage(name: "upload", start: .zero, duration: .milliseconds(100))]),
      TraceRecord(
        process: "vision ipc:///v", kind: "images", outcome: "failed", beganAgo: .milliseconds(900),
        duration: .milliseconds(200),
        stages: [TraceStage(name: "encode", start: .milliseconds(100), duration: .milliseconds(100))]),
    ]
    let lines = Waterfall(records).text.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    // Columns of the bars, of 40 for 400 ms.
    let width = lines[1].firstIndex(of: "█").map { lines[1].distance(from: lines[1].startIndex, to: $0) } ?? 0
    let places = lines.dropFirst().map { line in
      let bar = Array(line).dropFirst(width)
      return [bar.firstIndex(of: "█").map { $0 - width } ?? -1, bar.count { $0 == "█" }]
    }
    #expect(places == [[0, 40], [0, 10], [10, 20], [20, 10]], "\(lines)")
    #expect(lines[3].hasPrefix("vision ipc:///v, images, failed") && lines[1].hasPrefix("gateway, questions "))
    #expect(lines[4].contains("200.0 ms  100.0 ms"))
  }

  @Test func nothingIsNothing() {
    #expect(Waterfall([]).text.isEmpty)
  }
}

struct AdministrationTextTests {
  @Test func aReloadSaysWhoCameWhoWentAndWhatTakesARestart() {
    #expect(
      ReloadReply(joined: ["a"], left: ["b"], restartKeys: ["tokens", "listen"]).text
        == "+ a\n- b\nchanged, and taken up by a restart only: tokens, listen\n")
    #expect(ReloadReply(joined: [], left: [], restartKeys: []).text == "the workers are the same\n")
  }

  @Test func aDrainedWorkerIsNotMissing() {
    let worker = WorkerStatus(address: "a", role: .vision, state: "drained", reason: "", model: "", inFlight: 0)
    #expect(StatusReply(isReady: true, reason: "", workers: [worker], gauges: [], build: "").isComplete)
  }
}
