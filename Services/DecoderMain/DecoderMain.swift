import ArgumentParser
import CAllocator
import Checkpoint
import Concurrency
import Contracts
import Decoder
import Launch
import Logging
import Probes
import RPC
import Serving

/// `llava-decoder`: a conversation and features in, a stream of tokens out.
@main struct DecoderMain: Program, Configurable {
  static let configuration = CommandConfiguration(
    commandName: "llava-decoder",
    abstract: "Generates answers for a llava gateway, and keeps what it has read in memory.",
    discussion: """
      EXAMPLES
        llava-decoder                                   the demo model at \(DefaultAddress.decoder)
        llava-decoder --model models/llava-1.5-7b-hf --threads 8 --kv-memory 16GiB
        llava-decoder --listen ipc:///run/llava/decoder.sock
        llava-decoder --config decoder.yaml --print-config
      """, version: Hello.build)

  @OptionGroup var process: ProcessOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "Behaviour") var behaviour: BehaviourOptions
  @Option(help: "Where to answer; may be repeated (default: \(DefaultAddress.decoder)).", transform: Address.parsed)
  var listen: [Address] = []
  @OptionGroup var kv: KVOptions

  var addresses: [Address] { listen.isEmpty ? [DefaultAddress.decoder] : listen }

  static var settings: [Setting<Self>] {
    ProcessOptions.settings.map { $0.within(\.process) } + ModelOptions.settings.map { $0.within(\.model) }
      + BehaviourOptions.settings.map { $0.within(\.behaviour) }
      + [Setting("listen", \.listen, result: \.addresses)] + KVOptions.settings.map { $0.within(\.kv) }
  }

  func run() async throws {
    llava_share_arenas()
    let options = try filled(from: process.configurationPath)
    if options.process.printConfig { return try Output.standardOutput.write(options.configurationFile) }
    let logger = Logger.program("llava-decoder", options.process)
    let clock = SystemClock()
    let credentials = try TLSCredentials.read(from: options.process.tlsDirectory, listeningAt: options.addresses)
    let probes = try await Probes.open(of: "llava-decoder", version: Hello.build, options.process, logger)
    let transport = probes.metered(
      Network(clock: clock, credentials: credentials) { logger.warning("\($0.message)") })
    let checkpoint = try Checkpoint(options.model.paths())
    logger.announceReading(ModelPart.decoder, of: checkpoint)
    let kv =
      options.kv.kvMemory?.bytes
      ?? DecoderOptions.kvByteCount(
        for: checkpoint, in: options.model.precision, machineByteCount: Machine.memoryByteCount)
    var decoding = DecoderOptions(threadCount: options.model.threadCount.count, kvByteCount: kv)
    decoding.precision = options.model.precision
    decoding.reference = options.behaviour.ownReference
    decoding.policy = options.behaviour.policy
    decoding.template = options.behaviour.template
    decoding.build = try ProgramFile.digest()
    let decoder = try DecoderEngine(
      checkpoint, options: decoding, clock: clock,
      prefixes: options.kv.disk.map { disk in
        try PrefixDirectory(
          at: disk.path, byteCount: disk.size.bytes, of: checkpoint, in: decoding.precision, build: decoding.build,
          logger: logger)
      },
      metrics: probes.metrics, logger: logger)
    logger.announce(decoder.card, from: checkpoint.path, as: options.model, kv: ByteCount(bytes: kv))
    let server = Server(
      answering: DecoderHandler(decoder, contract: decoder.card.contract),
      as: Hello(role: .decoder, card: decoder.card), for: [.gateway, .client], clock: clock)
    try await ServedProcess(
      server, at: options.addresses, over: transport, options.process, logger, probes,
      warmUp: { try await decoder.warmUp() }, body: { await decoder.run() }
    ).runUntilSignal()
  }
}
