import Clusters
import Concurrency
import Contracts
import Foundation
import NNGTransport
import RPC

/// Programs as a user starts them, each a process of its own, at sockets in a folder that is removed with them.
final class Processes: Sendable {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "llava-test-\(UUID().uuidString.prefix(8))")
  private let started = Lock<[String: Process]>([:])
  private let transport = NNGTransport(clock: SystemClock())

  /// Where the build put the programs: beside the tests.
  private static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

  func address(_ name: String) -> String { "ipc://\(path("\(name).sock"))" }

  /// A file in the folder, which is there with the first use.
  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  func start(_ name: String, _ program: String, _ arguments: [String], output: Pipe? = nil) throws {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let process = Process()
    process.executableURL = Self.programs.appendingPathComponent(program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output ?? FileHandle.nullDevice
    let errors = folder.appendingPathComponent("\(name).log")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    started.withLock { $0[name] = process }
  }

  /// What it has said on standard error.
  func errorText(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("\(name).log"), encoding: .utf8)
  }

  /// The references were made in f32.
  private static let exact = ["--weights", "fp32"]

  private static func visionNames(_ count: Int) -> [String] { (0..<count).map { "vision-\($0)" } }

  /// One gateway, one decoder, and so many vision workers, all on a demonstration model and with the flags `telling`.
  func startAll(visionCount: Int, model: String = TestModel.demo, telling: [String] = []) throws {
    try startWorkers(visionCount: visionCount, model: model, telling: telling)
    try startGateway(visionCount: visionCount, telling: telling)
  }

  func startWorkers(visionCount: Int, model: String = TestModel.demo, telling: [String] = []) throws {
    for name in Self.visionNames(visionCount) {
      try start(
        name, "llava-vision", ["--model", model, "--listen", address(name), "--threads", "1"] + Self.exact + telling)
    }
    try startDecoder(model: model, telling: telling)
  }

  func startDecoder(model: String = TestModel.demo, telling: [String] = []) throws {
    try start(
      "decoder", "llava-decoder",
      ["--model", model, "--listen", address("decoder"), "--threads", "1", "--kv-memory", "512MiB"] + Self.exact
        + telling)
  }

  func startGateway(visionCount: Int, telling: [String] = []) throws {
    try start(
      "gateway", "llava-gateway",
      Self.visionNames(visionCount).flatMap { ["--vision", address($0)] } + [
        "--decoder", address("decoder"), "--listen", address("gateway"), "--feature-cache-directory",
        folder.appendingPathComponent("features").path,
      ] + telling)
  }

  /// As kill -9 does; returns once it is gone.
  func kill(_ name: String) {
    signal(name, SIGKILL)
    _ = status(name)
  }

  func identifier(_ name: String) -> Int32 { started.withLock { $0[name]?.processIdentifier ?? 0 } }

  func signal(_ name: String, _ signal: Int32) { Foundation.kill(identifier(name), signal) }

  /// The exit status, once the process has ended by itself.
  func status(_ name: String) -> Int32? {
    guard let process = started.withLock({ $0[name] }) else { return nil }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  func descriptorCount(_ name: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier(name))/fd").count
  }

  /// Runs `body` with a client of the gateway, once `workerCount` workers are connected.
  func withClient<Result: Sendable>(
    workerCount: Int, _ body: @escaping @Sendable (Client) async throws -> Result
  ) async throws -> Result {
    let channel = Channel(
      to: try Address(address("gateway")), over: transport, clock: SystemClock(),
      hello: { Hello(role: .client).greeting },
      greet: { bytes throws(ServiceError) in
        _ = try Hello(greeting: bytes, expecting: [.gateway])
      })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await channel.run() }
      try await channel.opened()
      let client = Client(gateway: GatewayClient(channel))
      while try await client.status().workers.count(where: { $0.state == "ready" }) < workerCount {
        try Task.checkCancellation()
      }
      let result = try await body(client)
      group.cancelAll()
      return result
    }
  }

  func stop() async throws {
    for process in started.withLock({ Array($0.values) }) where process.isRunning {
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    await transport.close()
    if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
  }
}

/// A client of a gateway in another process.
struct Client: Sendable {
  let gateway: GatewayClient

  private var context: CallContext {
    var generator = SystemRandomNumberGenerator()
    return CallContext(trace: .random(using: &generator))
  }

  func status() async throws -> StatusReply { try await gateway.status(in: context) }

  /// The text of an answer; `started` hears of its first token.
  func ask(_ question: String, _ image: [UInt8], started: @escaping @Sendable () -> Void = {}) async throws -> String {
    let request = AskRequest(
      turns: [Turn(.user, [.image(0), .text(question)])], imageByteCounts: [image.count], tokenLimit: 160)
    let text = Lock("")
    let finished = try await gateway.ask(request, images: [image], in: context) { reply in
      guard case .token(let token) = reply else { return }
      if token.index == 0 { started() }
      text.withLock { $0 += token.text }
    }
    return text.withLock { $0 } + finished.finished.text
  }

  /// Returns once nothing is in progress anywhere and every ledger adds up; gives the status then.
  func settled() async throws -> StatusReply {
    while true {
      let status = try await status()
      let ledgers = [status.gauges] + status.workers.filter { $0.state == "ready" }.map(\.gauges)
      let imbalances = ledgers.compactMap(\.imbalance)
      guard let imbalance = imbalances.first else { return status }
      guard imbalances.allSatisfy({ $0.contains("still in progress") }) else {
        throw ServiceError(.internalFailure, imbalance)
      }
    }
  }
}
