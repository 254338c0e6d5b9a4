import ArgumentParser
import Concurrency
import Contracts
import Glibc
import Launch
import Logging
import Probes
import RPC

/// `llava serve`: the three services in one process, for clients of this machine; `llava scale` adds vision workers.
struct ServeCommand: AsyncParsableCommand, Configurable {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run all three services in this process until SIGTERM or Ctrl-C.",
    discussion: """
      EXAMPLES
        llava serve                                           the demo model
        llava serve --model models/llava-1.5-7b-hf --kv-memory 8GiB
        llava serve --listen tcp://127.0.0.1:7700
        llava serve --config serve.yaml --print-config

      Then: llava ask --gateway \(DefaultAddress.gateway) photo.jpg "What is this?"
      """)

  @OptionGroup var process: ProcessOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "Behaviour") var behaviour: BehaviourOptions
  @OptionGroup var directory: DirectoryOptions
  @Option(
    help: "Where to answer; may be repeated (default: \(DefaultAddress.gateway) and a socket).",
    transform: Address.parsed)
  var listen: [Address] = []
  @OptionGroup var kv: KVOptions

  var addresses: [Address] { listen.isEmpty ? DefaultAddress.gatewayDoors : listen }

  static var settings: [Setting<Self>] {
    ProcessOptions.settings.map { $0.within(\.process) } + ModelOptions.settings.map { $0.within(\.model) }
      + BehaviourOptions.settings.map { $0.within(\.behaviour) }
      + DirectoryOptions.settings.map { $0.within(\.directory) }
      + [Setting("listen", \.listen, result: \.addresses)] + KVOptions.settings.map { $0.within(\.kv) }
  }

  func run() async throws {
    let options = try filled(from: process.configurationPath)
    if options.process.printConfig { return try Output.standardOutput.write(options.configurationFile) }
    let logger = Logger.program("llava", options.process)
    let clock = SystemClock()
    let credentials = try TLSCredentials.read(from: options.process.tlsDirectory, listeningAt: options.addresses)
    let probes = try await Probes.open(of: "llava", version: Hello.build, options.process, logger)
    let transport = probes.metered(
      Network(clock: clock, credentials: credentials) { logger.warning("\($0.message)") })
    let resources = InProcess.Resources(
      paths: try options.model.paths(), threadCount: options.model.threadCount.count,
      kvByteCount: options.kv.kvMemory?.bytes, kvDisk: options.kv.disk, precision: options.model.precision,
      reference: options.behaviour.ownReference,
      policy: options.behaviour.policy, template: options.behaviour.template,
      tier: try options.directory.tier(clock: clock, metrics: probes.metrics, logger: logger),
      crew: options.crew(clock: clock, logger: logger))
    let services = try InProcess(
      resources, over: transport, clock: clock, metrics: probes.metrics, logger: logger)
    probes.require { services.gateway.absence }
    logger.announce(
      services.card, from: resources.paths.model, as: options.model, kv: ByteCount(bytes: services.kvByteCount))
    if options.listen.isEmpty { try RuntimeDirectory.prepare() }
    let doors = try await services.open()
    try await ServedProcess(
      services.server(), at: options.addresses, over: transport, options.process, logger, probes,
      closing: { services.gateway.close() }, warmUp: { try await services.warmUp() },
      body: { await services.run(at: doors) }
    ).runUntilSignal()
  }

  /// Vision workers on the same model, each a process at a socket of its own.
  private func crew(clock: any MonotonicClock, logger: Logger) -> ProcessCrew {
    let own = getpid()
    return ProcessCrew(
      at: { number throws(ServiceError) in
        try Address("ipc://\(RuntimeDirectory.path)/vision-\(own)-\(number).sock")
      }, clock: clock, logger: logger,
      launch: { address, threadCount in
        try RuntimeDirectory.prepare()
        let flags = [
          "--listen": "\(address)", "--threads": "\(threadCount)", "--weights": model.precision.rawValue,
          "--drain": process.drainLimit.settingText, "--log-level": process.level.settingText,
          "--log-format": process.format.settingText, "--model": model.model, "--vision-tower": model.visionTower,
        ]
        return try Child(
          Installation.program("llava-vision"),
          flags.sorted { $0.key < $1.key }.flatMap { name, value in value.map { [name, $0] } ?? [] }
            + ["--until-input-ends"])
      })
  }
}
