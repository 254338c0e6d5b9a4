import ArgumentParser
import Clusters
import Concurrency
import Contracts
import Decoder
import Foundation
import NNGTransport
import RPC

/// The promises in milliseconds, as they are on this machine.
struct Latency: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures overhead, first token, refusal, deadline and notice of a killed peer.")

  @Option(help: "Requests of each kind.") var samples = 1000
  @Option(help: "Arrivals a second.") var rate = 50.0

  func validate() throws {
    guard (1...1_000_000).contains(samples), (0.1...10_000).contains(rate) else {
      throw ValidationError("expected 1 to 1,000,000 samples at 0.1 to 10,000 a second, found \(samples) at \(rate)")
    }
  }

  func run() async throws {
    print("open-loop Poisson arrivals, \(rate) a second, demonstration model, one process, inproc transport")
    let image = try Sample.image("01_336x336.png")
    for figure in try await questions(image) { print(figure.line) }
    for figure in try await refusals(image) { print(figure.line) }
    print(try await deadlines(image).line)
    print(try await killedPeers().line)
  }

  private var arrivals: Arrivals { Arrivals(rate: rate, count: samples) }

  /// Questions of one token on a known image: what is not the decoder's is overhead.
  private func questions(_ image: [UInt8]) async throws -> [Figure] {
    let model = Lock<TimedModel?>(nil)
    var shape = Cluster.Shape()
    shape.watching = { llava in
      let timed = TimedModel(llava)
      model.withLock { $0 = timed }
      return timed
    }
    let transport = NNGTransport(clock: SystemClock())
    return try await Cluster.with(shape, over: transport, name: "bench-questions") { cluster in
      _ = try await cluster.ask("Hi", image)
      let overhead = try await arrivals.measure { index in
        let started = cluster.clock.now
        let answer = try await cluster.ask("Question \(index)", image) { $0.tokenLimit = 1 }
        let own = answer.finished.finished.timings.reduce(0) { $0 + $1.microseconds }
        return cluster.clock.now - started - .microseconds(own)
      }
      // One at a time, so that the pass that ended last is the one that made the token.
      var delays: [Duration] = []
      for index in 0..<samples {
        let request = AskRequest(
          turns: [Turn(.user, [.image(0), .text("Question \(index)")])], imageByteCounts: [image.count], tokenLimit: 1)
        let arrived = Lock<Instant?>(nil)
        _ = try await cluster.client.ask(request, images: [image], in: cluster.context()) { reply in
          if case .token = reply { arrived.withLock { $0 = $0 ?? cluster.clock.now } }
        }
        if let at = arrived.withLock({ $0 }), let made = model.withLock({ $0?.lastPass }) { delays.append(at - made) }
      }
      return [
        Figure(name: "gateway and wire, per question on a known image", samples: overhead),
        Figure(name: "first token at the client, after the pass", samples: delays.sorted()),
      ]
    }
  }

  /// A gateway whose only place is taken.
  private func refusals(_ image: [UInt8]) async throws -> [Figure] {
    var shape = Cluster.Shape()
    shape.gateway = { $0.requestCount = 0 }
    let transport = NNGTransport(clock: SystemClock())
    return try await Cluster.with(shape, over: transport, name: "bench-refusals") { cluster in
      let samples = try await arrivals.measure { _ in
        let started = cluster.clock.now
        let error = try await cluster.refusal("Hi", image)
        guard error.code == .overloaded else { throw error }
        return cluster.clock.now - started
      }
      return [Figure(name: "refusal", samples: samples)]
    }
  }

  /// Questions that nobody answers: how long after its deadline the client hears of it.
  private func deadlines(_ image: [UInt8]) async throws -> Figure {
    let model = Lock<WatchedModel?>(nil)
    var shape = Cluster.Shape()
    shape.gateway = { $0.requestCount = samples }
    shape.watching = { llava in
      let watched = WatchedModel(llava)
      model.withLock { $0 = watched }
      return watched
    }
    let transport = NNGTransport(clock: SystemClock())
    return try await Cluster.with(shape, over: transport, name: "bench-deadlines") { cluster in
      _ = try await cluster.ask("Hi", image)
      model.withLock { $0 }?.allow(0)
      let samples = try await arrivals.measure { index in
        let deadline = cluster.clock.now + .milliseconds(100)
        do {
          _ = try await cluster.ask(
            [Turn(.user, [.image(0), .text("Question \(index)")])], images: [image], deadline: deadline)
        } catch let error as ServiceError where error.code == .deadlineExceeded {}
        return cluster.clock.now - deadline
      }
      model.withLock { $0 }?.allow(.max)
      return Figure(name: "notice of a deadline, after it", samples: samples)
    }
  }

  /// A process that answers HELLO is killed: how long until its peer knows.
  private func killedPeers() async throws -> Figure {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind is the system's to clear
    let transport = NNGTransport(clock: SystemClock())
    var durations: [Duration] = []
    for index in 0..<samples {
      let address = try Address("ipc://\(folder.path)/\(index)")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      process.arguments = ["listen", "\(address)"]
      process.standardInput = Pipe()
      let ready = Pipe()
      process.standardOutput = ready
      try process.run()
      _ = ready.fileHandleForReading.availableData
      durations.append(try await notice(of: process, at: address, over: transport))
      process.waitUntilExit()
    }
    await transport.close()
    return Figure(name: "notice of a killed peer", samples: durations.sorted())
  }

  private func notice(of process: Process, at address: Address, over transport: NNGTransport) async throws -> Duration {
    let clock = SystemClock()
    let gone = Signal()
    let wasOpen = Lock(false)
    let channel = Channel(
      to: address, over: transport, clock: clock, hello: { Hello(role: .gateway).greeting },
      greet: { _ throws(ServiceError) in },
      changed: { state in
        if case .open = state { wasOpen.withLock { $0 = true } } else if wasOpen.withLock({ $0 }) { gone.raise() }
      })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await channel.run() }
      try await channel.opened()
      let killed = clock.now
      kill(process.processIdentifier, SIGKILL)
      try await gone.wait()
      let duration = clock.now - killed
      group.cancelAll()
      return duration
    }
  }
}

/// A process to be killed.
struct Listen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers HELLO at an address until it is killed or its input ends.", shouldDisplay: false)

  @Argument var address: String

  func run() async throws {
    let transport = NNGTransport(clock: SystemClock())
    let listener = try await transport.listen(at: try Address(address))
    let server = Server(
      clock: SystemClock(), hello: { Hello(role: .decoder).greeting }, greet: { _ throws(ServiceError) in },
      handler: Nothing())
    print("ready")
    fflush(nil)
    await server.run(on: listener)
  }

  private struct Nothing: CallHandler {
    func answer(_ call: IncomingCall) async throws {}
  }
}
