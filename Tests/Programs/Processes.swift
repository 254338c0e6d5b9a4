import Clusters
import Concurrency
import Contracts
package import Foundation
import NNGTransport
import RPC

/// Programs as a user starts them, each a process of its own, at sockets in a folder that is removed with them.
package final class Processes: Sendable {
  private struct Program {
    /// What is run, and with what.
    let command: [String]
    var process: Process
  }

  package let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "llava-test-\(UUID().uuidString.prefix(8))")
  private let started = Lock<[String: Program]>([:])
  private let transport = NNGTransport(clock: SystemClock())

  package init() {}

  /// Where the build put the programs: beside the tests.
  private static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

  package func address(_ name: String) -> String { "ipc://\(path("\(name).sock"))" }

  /// A file in the folder, which is there with the first use.
  package func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// `program` is one of the build's, or a path; where there is a `launcher`, that command starts it.
  package func start(
    _ name: String, _ program: String, _ arguments: [String], output: Pipe? = nil, by launcher: [String] = []
  ) throws {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let path = URL(fileURLWithPath: program, relativeTo: Self.programs).path
    try start(name, launcher + [path] + arguments, output: output)
  }

  /// Starts it once more, as it was, after its end.
  package func restart(_ name: String) throws {
    guard let program = started.withLock({ $0[name] }) else { return }
    try start(name, program.command, output: nil)
  }

  private func start(_ name: String, _ command: [String], output: Pipe?) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output ?? FileHandle.nullDevice
    let errors = folder.appendingPathComponent("\(name).log")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    started.withLock { $0[name] = Program(command: command, process: process) }
  }

  /// What it has said on standard error.
  package func errorText(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("\(name).log"), encoding: .utf8)
  }

  /// The references were made in f32.
  private static let exact = ["--weights", "fp32"]

  private static func visionNames(_ count: Int) -> [String] { (0..<count).map { "vision-\($0)" } }

  /// One gateway, one decoder, and so many vision workers, all on a demonstration model and with the flags `telling`.
  package func startAll(
    visionCount: Int, model: String = TestModel.demo, telling: [String] = [], gatewayTelling: [String] = []
  ) throws {
    try startWorkers(visionCount: visionCount, model: model, telling: telling)
    try startGateway(visionCount: visionCount, telling: telling + gatewayTelling)
  }

  package func startWorkers(visionCount: Int, model: String = TestModel.demo, telling: [String] = []) throws {
    for name in Self.visionNames(visionCount) {
      try start(
        name, "llava-vision", ["--model", model, "--listen", address(name), "--threads", "1"] + Self.exact + telling)
    }
    try startDecoder(model: model, telling: telling)
  }

  package func startDecoder(model: String = TestModel.demo, telling: [String] = []) throws {
    try start(
      "decoder", "llava-decoder",
      ["--model", model, "--listen", address("decoder"), "--threads", "1", "--kv-memory", "512MiB"] + Self.exact
        + telling)
  }

  package func startGateway(visionCount: Int, telling: [String] = []) throws {
    try start(
      "gateway", "llava-gateway",
      Self.visionNames(visionCount).flatMap { ["--vision", address($0)] } + [
        "--decoder", address("decoder"), "--listen", address("gateway"), "--feature-cache-directory",
        folder.appendingPathComponent("features").path,
      ] + telling)
  }

  /// As kill -9 does; returns once it is gone.
  package func kill(_ name: String) {
    signal(name, SIGKILL)
    _ = status(name)
  }

  package func identifier(_ name: String) -> Int32 { started.withLock { $0[name]?.process.processIdentifier ?? 0 } }

  package func signal(_ name: String, _ signal: Int32) { Foundation.kill(identifier(name), signal) }

  package func isRunning(_ name: String) -> Bool { started.withLock { $0[name]?.process.isRunning ?? false } }

  /// The exit status, once the process has ended by itself.
  package func status(_ name: String) -> Int32? {
    guard let process = started.withLock({ $0[name]?.process }) else { return nil }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  package func descriptorCount(_ name: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier(name))/fd").count
  }

  /// Runs `body` with a client of the gateway, at `door` where that is not its own, once `workerCount` workers are connected.
  package func withClient<Result: Sendable>(
    workerCount: Int, at door: String? = nil, _ body: @escaping @Sendable (Client) async throws -> Result
  ) async throws -> Result {
    let channel = Channel(
      to: try Address(door ?? address("gateway")), over: transport, clock: SystemClock(),
      hello: { Hello(role: .client).greeting },
      greet: { bytes throws(ServiceError) in
        _ = try Hello(greeting: bytes, expecting: [.gateway])
      })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await channel.run() }
      try await channel.opened()
      let client = Client(channel)
      while try await client.status().workers.count(where: { $0.state == "ready" }) < workerCount {
        try Task.checkCancellation()
      }
      let result = try await body(client)
      group.cancelAll()
      return result
    }
  }

  package func stop() async throws {
    for process in started.withLock({ $0.values.map(\.process) }) where process.isRunning {
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    await transport.close()
    if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
  }
}
