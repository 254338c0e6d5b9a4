import ArgumentParser
import Concurrency
import Contracts
import Gateway
import Launch
import Logging
import Probes
import RPC
import Serving

/// `llava-gateway`: the only door for clients.
@main struct GatewayMain: Program, Configurable {
  static let configuration = CommandConfiguration(
    commandName: "llava-gateway", abstract: "Answers clients with the help of vision workers and decoders.",
    discussion: """
      EXAMPLES
        llava-gateway              workers at \(DefaultAddress.vision) and \(DefaultAddress.decoder)
        llava-gateway --vision tcp://127.0.0.1:7601 --vision tcp://127.0.0.1:7611 --decoder tcp://127.0.0.1:7602
        llava-gateway --config gateway.yaml --print-config

      Workers need not be there when it starts: it refuses questions until they are, and recovers by itself.
      """, version: Hello.build)

  @OptionGroup var process: ProcessOptions
  @Option(
    help: "Where to answer; may be repeated (default: \(DefaultAddress.gateway) and a socket).",
    transform: Address.parsed)
  var listen: [Address] = []
  @Option(help: "A vision worker; may be repeated (default: \(DefaultAddress.vision)).", transform: Address.parsed)
  var vision: [Address] = []
  @Option(help: "A decoder; may be repeated (default: \(DefaultAddress.decoder)).", transform: Address.parsed)
  var decoder: [Address] = []
  @OptionGroup var directory: DirectoryOptions
  @OptionGroup(title: "Store") var nodes: NodeOptions
  @Option(help: "Memory for the features of images (default: 1GiB).", transform: ByteCount.parsed)
  var featureCache: ByteCount?

  var addresses: [Address] { listen.isEmpty ? DefaultAddress.gatewayDoors : listen }
  var visionAddresses: [Address] { vision.isEmpty ? [DefaultAddress.vision] : vision }
  var decoderAddresses: [Address] { decoder.isEmpty ? [DefaultAddress.decoder] : decoder }
  var featureCacheSize: ByteCount { featureCache ?? ByteCount(bytes: 1 << 30) }

  static var settings: [Setting<Self>] {
    ProcessOptions.settings.map { $0.within(\.process) } + [
      Setting("listen", \.listen, result: \.addresses), Setting("vision", \.vision, result: \.visionAddresses),
      Setting("decoder", \.decoder, result: \.decoderAddresses),
      Setting("feature-cache", \.featureCache, result: \.featureCacheSize),
    ] + DirectoryOptions.settings.map { $0.within(\.directory) } + NodeOptions.settings.map { $0.within(\.nodes) }
  }

  func run() async throws {
    let options = try filled(from: process.configurationPath)
    if options.process.printConfig { return try Output.standardOutput.write(options.configurationFile) }
    let logger = Logger.program("llava-gateway", options.process)
    let clock = SystemClock()
    var fronting = GatewayOptions(vision: options.visionAddresses, decoders: options.decoderAddresses)
    fronting.cacheByteCount = options.featureCacheSize.bytes
    try (fronting.vision + fronting.decoders).checked(isInsecureAllowed: options.process.isInsecureAllowed)
    if options.listen.isEmpty { try RuntimeDirectory.prepare() }
    let credentials = try TLSCredentials.read(
      from: options.process.tlsDirectory, listeningAt: options.addresses,
      connectingTo: fronting.vision + fronting.decoders)
    let probes = try await Probes.open(of: "llava-gateway", version: Hello.build, options.process, logger)
    let store = try options.nodes.tier(
      clock: clock, isInsecureAllowed: options.process.isInsecureAllowed, metrics: probes.metrics,
      logger: logger)
    guard store == nil || options.directory.featureCacheDirectory == nil else {
      throw LaunchError(.usage, "--store and --feature-cache-directory: features are kept in the one or in the other")
    }
    let tier = try store?.tier ?? options.directory.tier(clock: clock, metrics: probes.metrics, logger: logger)
    let transport = probes.metered(
      Network(clock: clock, credentials: credentials) { logger.warning("\($0.message)") })
    let gateway = Gateway(
      fronting, over: transport, clock: clock, tier: tier, metrics: probes.metrics, logger: logger)
    probes.require { gateway.absence }
    logger.info(
      "\(fronting.vision.count) vision, \(fronting.decoders.count) decoder, \(options.featureCacheSize) for features"
    )
    let server = Server(
      answering: GatewayHandler(gateway, imageByteLimit: fronting.imageLimits.byteCount),
      as: Hello(role: .gateway), for: [.client], clock: clock)
    try await ServedProcess(
      server, at: options.addresses, over: transport, options.process, logger, probes,
      closing: { gateway.close() }, body: { await gateway.run() }
    ).runUntilSignal()
    await store?.client.close()
  }
}
