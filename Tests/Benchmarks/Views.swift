import ArgumentParser
import Clusters
import Concurrency
import Contracts
import Foundation
import Gateway
import NNGTransport
import RPC

/// How much sooner two vision workers have seen a picture in parts than one: real processes of one thread, each pinned to a
/// core of its own.
struct Views: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures the parts of a picture on one pinned vision worker, and on two.")

  @Option(help: "Pictures for each number of workers.") var samples = 20
  @Option(help: "A model that sees pictures in parts.") var model = TestModel.demoHD
  @Option(help: "In which numbers the workers compute: the slower, the less the rest of the way counts.")
  var weights = "fp32"
  @Option(help: "Cores of the first worker and of the second.") var cores = "0,1"

  func run() async throws {
    let cores = cores.split(separator: ",").map(String.init)
    guard cores.count == 2, samples > 0 else { throw ValidationError("expected two cores and at least one sample") }
    let one = try await seen(on: Array(cores.prefix(1)))
    let two = try await seen(on: cores)
    for (name, figure) in [("one worker", one), ("two workers", two)] {
      print(Figure(name: "\(one.viewCount) views of a picture on \(name)", samples: figure.durations).line)
    }
    let bound = Double((one.viewCount + 1) / 2) / Double(one.viewCount)
    let (alone, together) = (one.median.nanoseconds, two.median.nanoseconds)
    let share = Double(alone) * bound / Double(together)
    print("\(Int((share * 100).rounded())) % of the bound: \(Int((bound * 100).rounded())) % of one worker's time")
  }

  private struct Measured {
    let durations: [Duration]
    let viewCount: Int
    var median: Duration { durations[durations.count / 2] }
  }

  /// The times from a decoder's need to the last view's features, sorted.
  private func seen(on cores: [String]) async throws -> Measured {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind is the system's to clear
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("llava-vision").path
    var processes: [Process] = []
    defer { for process in processes { process.terminate() } }
    var doors: [Address] = []
    for (index, core) in cores.enumerated() {
      let address = "ipc://\(folder.path)/\(index)"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
      process.arguments = [
        "-c", core, program, "--model", model, "--weights", weights, "--threads", "1", "--listen", address,
      ]
      process.standardInput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      processes.append(process)
      doors.append(try Address(address))
    }
    return try await measure(doors)
  }

  private func measure(_ vision: [Address]) async throws -> Measured {
    let clock = SystemClock()
    let transport = NNGTransport(clock: clock)
    let samples = samples
    let looking = try LookingDecoder(of: model, clock: clock)
    let door = try Address("inproc://bench-looking-\(vision.count)")
    let gateway = Gateway(GatewayOptions(vision: vision, decoders: [door]), over: transport, clock: clock)
    let listener = try await transport.listen(at: door)
    let server = Server(
      clock: clock, hello: { Hello(role: .decoder, card: looking.card).greeting },
      greet: { _ throws(ServiceError) in }, handler: DecoderHandler(looking, contract: looking.card.contract))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.run() }
      group.addTask { await server.run(on: listener) }
      while await gateway.status().workers.count(where: { $0.state == "ready" }) <= vision.count {
        try await clock.sleep(for: .milliseconds(20))
      }
      var durations: [Duration] = []
      for sample in -2..<samples {
        let picture = PNG.file(width: 672, height: 672) { x, y, channel in
          UInt8(truncatingIfNeeded: x &* 7 &+ y &* 13 &+ channel &* 29 &+ sample &* 3)
        }
        let request = AskRequest(turns: [Turn(.user, [.image(0), .text("?")])], imageByteCounts: [picture.count])
        try await gateway.ask(
          request, upload: { [picture] }, reply: { _ in }, in: CallContext(trace: TraceID(high: 0, low: 0)))
        // The first ones warm caches and measure the workers.
        if sample >= 0 { durations.append(looking.last.duration) }
      }
      group.cancelAll()
      return Measured(durations: durations.sorted(), viewCount: looking.last.viewCount)
    }
  }
}
