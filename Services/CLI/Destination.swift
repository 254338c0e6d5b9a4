import ArgumentParser
import Checkpoint
import Concurrency
import Launch
import Numerics
import RPC

/// Where questions go: to a gateway that is named, or to all three services in this process.
struct Destination: ParsableArguments {
  @Option(
    help:
      "A gateway, such as tcp://127.0.0.1:7600, tls+tcp://HOST:7600 or ipc:///PATH. Without it everything runs in this one process.",
    transform: Address.parsed)
  var gateway: Address?

  @Option(
    help: "A model's directory or GGUF file (default: the demonstration model); with --gateway, the name of one.",
    completion: .file())
  var model: String?

  @Option(help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  @OptionGroup var resources: ResourceOptions

  @OptionGroup var access: GatewayAccess

  /// The name that a gateway knows the model by.
  var modelName: String? { gateway == nil ? nil : model }

  /// Connects to the gateway, or starts one, and runs `body` with it. Where no model is named, the demonstration model
  /// for `highResolution` is started, or the plain one.
  func withSession<Result: Sendable>(
    highResolution: Bool, _ body: (Session) async throws -> Result
  ) async throws -> Result {
    let clock = SystemClock()
    if let gateway {
      let transport = try access.transport(to: gateway, clock: clock)
      return try await Session.with(
        gatewayAt: gateway, over: transport, clock: clock, token: try access.token(), body)
    }
    let transport = Network(clock: clock)
    let services = try InProcess(
      try resources.inProcess(
        ModelLocation.paths(named: model, visionTower: visionTower, highResolution: highResolution)),
      over: transport, clock: clock)
    let doors = try await services.open()
    let door = try await transport.listen(at: InProcess.address("gateway"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await services.run(at: doors) }
      group.addTask { await services.server().run(on: door) }
      defer { group.cancelAll() }
      // Its workers are in this process and connect within milliseconds.
      while await !services.gateway.health().isReady { try await clock.sleep(for: .milliseconds(2)) }
      return try await Session.with(gatewayAt: door.address, over: transport, clock: clock, body)
    }
  }
}

/// What services in this process take of the machine.
struct ResourceOptions: ParsableArguments {
  @Option(help: "Threads that compute (default: the cores that this process may use).", transform: ThreadCount.parsed)
  var threads: ThreadCount?

  @Option(
    help: "Memory for what was read (default: what weights and 2 GiB leave, if useful).", transform: ByteCount.parsed)
  var kvMemory: ByteCount?

  @Option(
    help: "In which numbers to compute: \(Precision.expectation) (default: \(Precision.standard.rawValue)).",
    transform: Precision.parsed)
  var weights: Precision?

  var threadCount: ThreadCount { threads ?? .automatic }

  func inProcess(_ paths: ModelPaths) -> InProcess.Resources {
    InProcess.Resources(
      paths: paths, threadCount: threadCount.count, kvByteCount: kvMemory?.bytes, precision: weights ?? .standard)
  }
}
