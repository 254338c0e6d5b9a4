import Checkpoint
import Concurrency
import Contracts
import Decoder
import FeatureTiers
import Gateway
import Glibc
import Launch
import Logging
import Numerics
import RPC
import Serving
import Telemetry
import Tokenizer
import VisionEncoder

/// All three services in this process, joined as processes would be, over `inproc://`.
struct InProcess: Sendable {
  private let encoder: VisionEncoder
  private let decoder: DecoderEngine
  private let encoderAddress: Address
  private let decoderAddress: Address
  private let imageByteLimit: Int
  private let transport: any Transport
  private let clock: any MonotonicClock
  private let crew: ProcessCrew?
  let gateway: Gateway
  let options: GatewayOptions
  let kvByteCount: Int

  /// The models share the cores: a question is either seen or answered.
  struct Resources: Sendable {
    var paths: ModelPaths
    var threadCount: Int
    var kvByteCount: Int?
    /// Where what was read of pictures outlives the process.
    var kvDisk: (path: String, size: ByteCount)?
    var precision = Precision.standard
    /// How questions are put to the model that do not say it themselves.
    var reference = Reference.original
    var policy: PreprocessingPolicy?
    var template: PromptTemplate?
    /// Where features are kept beyond this process.
    var tier: SecondTier?
    /// Starts vision workers besides.
    var crew: ProcessCrew?
  }

  /// Loads the model.
  init(
    _ resources: Resources, over transport: any Transport, clock: any MonotonicClock,
    metrics: MetricRegistry = MetricRegistry(), logger: Logger = .silent
  ) throws {
    self.transport = transport
    self.clock = clock
    let checkpoint = try Checkpoint(resources.paths)
    var encoding = VisionOptions(threadCount: resources.threadCount)
    encoding.precision = resources.precision
    imageByteLimit = encoding.imageLimits.byteCount
    encoder = try VisionEncoder(checkpoint, options: encoding, clock: clock, metrics: metrics, logger: logger)
    kvByteCount =
      resources.kvByteCount
      ?? DecoderOptions.kvByteCount(
        for: checkpoint, in: resources.precision, machineByteCount: Machine.memoryByteCount)
    var decoding = DecoderOptions(threadCount: resources.threadCount, kvByteCount: kvByteCount)
    decoding.precision = resources.precision
    decoding.reference = resources.reference
    decoding.policy = resources.policy
    decoding.template = resources.template
    let prefixes = try resources.kvDisk.map { disk in
      decoding.build = try ProgramFile.digest()
      return try PrefixDirectory(
        at: disk.path, byteCount: disk.size.bytes, of: checkpoint, in: resources.precision, build: decoding.build,
        logger: logger)
    }
    decoder = try DecoderEngine(
      checkpoint, options: decoding, clock: clock, prefixes: prefixes, metrics: metrics, logger: logger)
    encoderAddress = try Self.address("vision")
    decoderAddress = try Self.address("decoder")
    options = GatewayOptions(vision: [encoderAddress], decoders: [decoderAddress])
    gateway = Gateway(
      options, over: transport, clock: clock, tier: resources.tier, crew: resources.crew, metrics: metrics,
      logger: logger)
    crew = resources.crew
  }

  static func address(_ service: String) throws(ServiceError) -> Address { try Address("inproc://llava-\(service)") }

  /// Has both models compute something. Before `run`.
  func warmUp() async throws {
    try await encoder.warmUp()
    try await decoder.warmUp()
  }

  var card: ModelCard { decoder.card }

  func server(for roles: Set<Role> = [.client]) -> Server {
    Server(
      answering: GatewayHandler(gateway, imageByteLimit: imageByteLimit), as: Hello(role: .gateway), for: roles,
      clock: clock)
  }

  /// The doors that the gateway finds its workers at.
  struct Doors: Sendable {
    let encoder: any Listener
    let decoder: any Listener
  }

  func open() async throws -> Doors {
    Doors(
      encoder: try await transport.listen(at: encoderAddress), decoder: try await transport.listen(at: decoderAddress))
  }

  /// Keeps all three running until the task is cancelled.
  func run(at doors: Doors) async {
    let encoderServer = Server(
      answering: VisionHandler(encoder, imageByteLimit: imageByteLimit), as: Hello(role: .vision, card: encoder.card),
      for: [.gateway], clock: clock)
    let decoderServer = Server(
      answering: DecoderHandler(decoder, contract: decoder.card.contract),
      as: Hello(role: .decoder, card: decoder.card), for: [.gateway], clock: clock)
    await withDiscardingTaskGroup { group in
      group.addTask { await encoder.run() }
      group.addTask { await decoder.run() }
      group.addTask { await encoderServer.run(on: doors.encoder) }
      group.addTask { await decoderServer.run(on: doors.decoder) }
      group.addTask { await gateway.run() }
      if let crew { group.addTask { await crew.run() } }
    }
  }
}
