import ArgumentParser
import CAllocator
import Checkpoint
import Concurrency
import Contracts
import Launch
import Logging
import Probes
import RPC
import Serving
import VisionEncoder

/// `llava-vision`: images in, features out.
@main struct VisionEncoderMain: Program, Configurable {
  static let configuration = CommandConfiguration(
    commandName: "llava-vision",
    abstract: "Encodes images for a llava gateway. Stateless: add, drain or kill at any time.",
    discussion: """
      EXAMPLES
        llava-vision                                    the demo model at \(DefaultAddress.vision)
        llava-vision --model models/llava-1.5-7b-hf --threads 8
        llava-vision --listen ipc:///run/llava/vision-1.sock --listen ipc:///run/llava/vision-2.sock
        llava-vision --config vision.yaml --print-config
      """, version: Hello.build)

  @OptionGroup var process: ProcessOptions
  @OptionGroup var model: ModelOptions
  @Option(help: "Where to answer; may be repeated (default: \(DefaultAddress.vision)).", transform: Address.parsed)
  var listen: [Address] = []

  var addresses: [Address] { listen.isEmpty ? [DefaultAddress.vision] : listen }

  static var settings: [Setting<Self>] {
    ProcessOptions.settings.map { $0.within(\.process) } + ModelOptions.settings.map { $0.within(\.model) }
      + [Setting("listen", \.listen, result: \.addresses)]
  }

  func run() async throws {
    llava_share_arenas()
    let options = try filled(from: process.configurationPath)
    if options.process.printConfig { return try Output.standardOutput.write(options.configurationFile) }
    let logger = Logger.program("llava-vision", options.process)
    let clock = SystemClock()
    let credentials = try TLSCredentials.read(from: options.process.tlsDirectory, listeningAt: options.addresses)
    let probes = try await Probes.open(of: "llava-vision", version: Hello.build, options.process, logger)
    let transport = probes.metered(
      Network(clock: clock, credentials: credentials) { logger.warning("\($0.message)") })
    let checkpoint = try Checkpoint(options.model.paths())
    logger.announceReading([.tower], of: checkpoint)
    var encoding = VisionOptions(threadCount: options.model.threadCount.count)
    encoding.precision = options.model.precision
    let encoder = try VisionEncoder(
      checkpoint, options: encoding, clock: clock, metrics: probes.metrics, logger: logger)
    logger.announce(encoder.card, from: checkpoint.path, as: options.model)
    let server = Server(
      answering: VisionHandler(encoder, imageByteLimit: encoding.imageLimits.byteCount),
      as: Hello(role: .vision, card: encoder.card), for: [.gateway, .client], clock: clock)
    try await ServedProcess(
      server, at: options.addresses, over: transport, options.process, logger, probes,
      warmUp: { try await encoder.warmUp() }, body: { await encoder.run() }
    ).runUntilSignal()
  }
}
