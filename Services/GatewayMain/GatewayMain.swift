import Access
import ArgumentParser
import CAllocator
import Concurrency
import Contracts
import Credentials
import Gateway
import Launch
import Logging
import Members
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
        llava-gateway --vision dns+tls+tcp://llava-vision:7601 --decoder dns+tls+tcp://llava-decoder:7602 --tls-directory DIR
        llava-gateway --config gateway.yaml --print-config

      Workers need not be there when it starts: it refuses questions until they are, and recovers by itself. A name after
      dns+ is resolved every few seconds; each of its addresses is a worker. SIGHUP, or `llava reload`, reads --config again.
      """, version: Hello.build)

  @OptionGroup var process: ProcessOptions
  @Option(
    help: "Where to answer; may be repeated (default: \(DefaultAddress.gateway) and a socket).",
    transform: Address.parsed)
  var listen: [Address] = []
  @Option(
    help: "A vision worker, or a name for many; may be repeated (default: \(DefaultAddress.vision)).",
    transform: Endpoint.parsed)
  var vision: [Endpoint] = []
  @Option(
    help: "A decoder, or a name for many; may be repeated (default: \(DefaultAddress.decoder)).",
    transform: Endpoint.parsed)
  var decoder: [Endpoint] = []
  @OptionGroup var directory: DirectoryOptions
  @OptionGroup(title: "Store") var nodes: NodeOptions
  @Option(help: "Memory for the features of images (default: 1GiB).", transform: ByteCount.parsed)
  var featureCache: ByteCount?

  @Option(
    help: "The tokens that clients need (see `llava token`; default: whoever reaches it may ask).",
    completion: .file())
  var tokens: String?

  var addresses: [Address] { listen.isEmpty ? DefaultAddress.gatewayDoors : listen }
  var visionEndpoints: [Endpoint] { vision.isEmpty ? [.address(DefaultAddress.vision)] : vision }
  var decoderEndpoints: [Endpoint] { decoder.isEmpty ? [.address(DefaultAddress.decoder)] : decoder }
  var featureCacheSize: ByteCount { featureCache ?? ByteCount(bytes: 1 << 30) }

  static var settings: [Setting<Self>] {
    ProcessOptions.settings.map { $0.within(\.process) } + [
      Setting("listen", \.listen, result: \.addresses), Setting("vision", \.vision, result: \.visionEndpoints),
      Setting("decoder", \.decoder, result: \.decoderEndpoints),
      Setting("feature-cache", \.featureCache, result: \.featureCacheSize), Setting("tokens", \.tokens),
    ] + DirectoryOptions.settings.map { $0.within(\.directory) } + NodeOptions.settings.map { $0.within(\.nodes) }
  }

  func run() async throws {
    llava_share_arenas()
    llava_return_large_buffers()
    let options = try filled(from: process.configurationPath)
    if options.process.printConfig { return try Output.standardOutput.write(options.configurationFile) }
    let logger = Logger.program("llava-gateway", options.process)
    let clock = SystemClock()
    var fronting = GatewayOptions(vision: options.visionEndpoints, decoders: options.decoderEndpoints)
    fronting.cacheByteCount = options.featureCacheSize.bytes
    let credentials = try options.checked()
    if options.listen.isEmpty { try RuntimeDirectory.prepare() }
    let callers = try callers(clock, logger, in: options.tokens)
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
      fronting, over: transport, clock: clock, tier: tier, reading: reading(besides: options),
      metrics: probes.metrics, logger: logger)
    probes.require { gateway.absence }
    logger.info(
      "\(fronting.vision.count) vision, \(fronting.decoders.count) decoder, \(options.featureCacheSize) for features"
    )
    let server = Server(
      answering: GatewayHandler(gateway, imageByteLimit: fronting.imageLimits.byteCount, callers: callers),
      as: Hello(role: .gateway), for: [.client], clock: clock, callers: callers)
    try await ServedProcess(
      server, at: options.addresses, over: transport, options.process, logger, probes,
      closing: { gateway.close() },
      reloading: { _ = try? await gateway.reload() },  // it has said in the log what is wrong
      body: { await gateway.run() }
    ).runUntilSignal()
    await store?.client.close()
  }

  /// The certificates that the addresses need; throws where one is not safe, or they are not there.
  private func checked() throws(LaunchError) -> TLSCredentials? {
    let endpoints = visionEndpoints + decoderEndpoints
    try endpoints.checked(isInsecureAllowed: process.isInsecureAllowed)
    return try TLSCredentials.read(
      from: process.tlsDirectory, listeningAt: addresses, connectingTo: endpoints.map(\.address))
  }

  /// Reads the configuration file again, under these same flags; nothing where there is none.
  private func reading(besides running: GatewayMain) -> Gateway.Reading? {
    guard let path = process.configurationPath else { return nil }
    return { () throws(ServiceError) in
      do throws(LaunchError) {
        let fresh = try filled(from: path)
        // Certificates, and what is allowed, are those of the start.
        var next = running
        (next.vision, next.decoder) = (fresh.vision, fresh.decoder)
        _ = try next.checked()
        return Gateway.Configuration(
          vision: fresh.visionEndpoints, decoders: fresh.decoderEndpoints,
          restartKeys: running.changedKeys(in: fresh).filter { $0 != "vision" && $0 != "decoder" })
      } catch {
        throw ServiceError(.invalidRequest, error.message)
      }
    }
  }

  private func callers(
    _ clock: any MonotonicClock, _ logger: Logger, in path: String?
  ) throws(LaunchError) -> any CallerAuthenticating {
    guard let path else { return OpenDoors() }
    do throws(CredentialError) {
      return try TokenFile(path, clock: clock) { logger.error("\($0)") }
    } catch {
      throw LaunchError(error)
    }
  }
}
