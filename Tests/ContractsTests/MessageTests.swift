import CMessages
import RPC
import TestSupport
import Testing
import TilePlan

@testable import Contracts

@Suite struct MessageTests {
  static let contract = FeatureContract(
    imageSide: 336, patchSide: 14, mean: [0.1, 0.2, 0.3], standardDeviation: [1, 2, 3], layers: [23, 4],
    keepsClassToken: true, tokenCount: 577, width: 1024)
  static let card = ModelCard(
    name: "modèle\0日本", contract: contract, towerFingerprint: Array(0..<32), precision: "fp32", policy: .crop,
    transformersPolicy: .pad, reference: .transformers, towerName: "openai/clip", isDemonstration: true,
    contextLength: 4096, tiling: .original(), transformersTiling: .transformers())
  static let turns = [Turn(.user, [.image(3), .text("a\0b 🙂"), .text("")]), Turn(.assistant, [])]
  static var sampling: Sampling {
    var sampling = Sampling()
    (sampling.temperature, sampling.topK, sampling.topP, sampling.minP) = (0.5, 40, 0.9, 0.1)
    (sampling.repetitionPenalty, sampling.presencePenalty, sampling.frequencyPenalty) = (1.1, -0.5, 2)
    (sampling.seed, sampling.logprobs, sampling.logitBias) = (.max, 5, [7: -3, 9: 0.25])
    return sampling
  }
  static let token = Token(
    index: 4, id: 31_999, text: "é", logprob: -0.5,
    alternatives: [.init(id: 3, logprob: -1), .init(id: 0, logprob: -2)])
  static let finished = Finished(
    reason: .stopString, usage: Usage(promptTokens: 618, cachedTokens: 609, imageTokens: 576, completionTokens: 4),
    timings: [Timing("prefill", microseconds: 12)], text: "rest",
    reference: .transformers, template: "llava_hf")
  static let receipt = SightReceipt(
    digest: [1], width: 640, height: 480, policy: .pad, pixels: .f16, element: .f32, viewCount: 1, tokenCount: 576,
    featureDigest: [],
    source: .shared,
    worker: "ipc:///x")
  static var splitReceipt: SightReceipt {
    var receipt = receipt
    (receipt.policy, receipt.grid, receipt.isUntrained) = (.tiles(.untrained), TileGrid(columns: 2, rows: 1), true)
    return receipt
  }

  static let record = TraceRecord(
    process: "vision ipc:///x", kind: "images", outcome: "failed", beganAgo: .microseconds(7), duration: .seconds(3),
    stages: [TraceStage(name: "decode", start: .microseconds(1), duration: .milliseconds(2))])

  static let references = [
    ImageReference(key: [5], viewCount: 1, size: ImageSize(width: 3, height: 4), policy: .crop),
    ImageReference(
      key: [6], viewCount: 5, size: ImageSize(width: 1, height: Int(Int32.max)),
      policy: .tiles(.squared(grids: [TileGrid(columns: 64, rows: 1)]))),
  ]

  private func crosses<Value: WireMessage & Equatable>(_ value: Value) throws {
    #expect(try Value(decoding: value.encoded) == value)
  }

  @Test func everyMessageArrivesAsItWasSent() throws {
    try crosses(Hello(role: .vision, card: Self.card))
    try crosses(Hello(role: .client))
    try crosses(Hello(role: .client, token: "llava_1_2"))
    try crosses(EncodeRequest(policy: .crop, element: .f32, pixels: .f16, imageByteCount: 5, imageDigest: [9, 8]))
    try crosses(EncodeReply.prepared(PreparedImage(width: 1, height: 2, viewCount: 3)))
    try crosses(EncodeReply.timings([]))
    try crosses(PrepareRequest(policy: .tiles(.paper), imageByteCount: 7, imageDigest: [1]))
    try crosses(PrepareReply.prepared(PreparedImage(width: 1, height: 2, viewCount: 3)))
    try crosses(PrepareReply.chunk(ViewChunk(view: 3, byteCount: 338_688, digest: [7])))
    try crosses(PrepareReply.timings([Timing("decode", microseconds: 3)]))
    try crosses(EncodeViewRequest(element: .f32, pixels: .f16, viewByteCount: 338_688, viewDigest: [2, 1]))
    try crosses(
      GenerateRequest(
        turns: Self.turns, images: Self.references, sampling: Self.sampling, tokenLimit: 9,
        stops: ["", "\n\n"], reference: .transformers, template: "plain", salt: [0, 255]))
    try crosses(GenerateReply.need([]))
    try crosses(GenerateReply.need([2, 0]))
    try crosses(GenerateReply.token(Self.token))
    try crosses(GenerateReply.finished(Self.finished))
    try crosses(
      AskRequest(
        model: "m", turns: Self.turns, imageByteCounts: [1, 1 << 26], policy: .pad, element: .f32,
        pixels: .f16, reference: .transformers, template: "mpt",
        sampling: Self.sampling, tokenLimit: 1, stops: ["x"]))
    try crosses(AskRequest(turns: [], imageByteCounts: []))
    var split = AskRequest(turns: [], imageByteCounts: [])
    (split.hd, split.hdMaxTiles, split.hdUntrained) = (true, 4, true)
    try crosses(split)
    try crosses(AskReply.stage("upload"))
    try crosses(
      AskReply.finished(
        AskFinished(
          finished: Self.finished, images: [Self.receipt, Self.splitReceipt], timings: [], model: "m",
          isDemonstration: false, decoder: "d"
        )))
    try crosses(
      StatusReply(
        isReady: true, reason: "",
        workers: [
          WorkerStatus(
            address: "a", role: .decoder, state: "ready", reason: "", model: "m", inFlight: 2, gauges: [Gauge("g", -1)])
        ], gauges: [Gauge("h", .max)], build: "b"))
    try crosses(HealthReply(isReady: false, reason: "why", gauges: []))
    try crosses(DrainRequest(address: "ipc:///x", isUndone: true))
    try crosses(
      DrainReply(
        worker: WorkerStatus(
          address: "a", role: .vision, state: "draining", reason: "r", model: "m", inFlight: 1, gauges: [])))
    try crosses(ReloadReply(joined: ["a", "b"], left: [], restartKeys: ["tokens"]))
    try crosses(ScaleRequest(role: .vision, count: 3, threadCount: 2))
    try crosses(ScaleRequest(role: .decoder, count: 0))
    try crosses(ScaleReply(workers: ["a"]))
    try crosses(TraceRequest(trace: TraceID(high: 1, low: .max)))
    try crosses(TraceReply(records: [Self.record]))
  }

  @Test func damagedMessagesAreErrorsOrValuesAndNeverACrash() {
    let messages: [([UInt8], ([UInt8]) throws -> Void)] = [
      (Hello(role: .vision, card: Self.card).encoded, { _ = try Hello(decoding: $0) }),
      (
        GenerateRequest(
          turns: Self.turns, images: Self.references, sampling: Self.sampling, tokenLimit: 9, stops: []
        ).encoded, { _ = try GenerateRequest(decoding: $0) }
      ),
      (GenerateReply.token(Self.token).encoded, { _ = try GenerateReply(decoding: $0) }),
      (
        AskRequest(turns: Self.turns, imageByteCounts: [1], sampling: Self.sampling).encoded,
        { _ = try AskRequest(decoding: $0) }
      ),
      (
        AskReply.finished(
          AskFinished(
            finished: Self.finished, images: [Self.receipt], timings: [], model: "m", isDemonstration: false,
            decoder: "d")
        ).encoded, { _ = try AskReply(decoding: $0) }
      ),
    ]
    var random = SeededGenerator(seed: 11)
    var errors = 0
    for (bytes, read) in messages {
      for _ in 0..<5_000 {
        var damaged = bytes
        for _ in 0...Int.random(in: 0..<4, using: &random) {
          damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.oneIn(4) { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
        do { try read(damaged) } catch { errors += 1 }
      }
    }
    #expect(errors > 1_000)
  }

  /// What would overflow a plan, or make one of more tiles than a model has, is an error before anybody plans with it.
  @Test func sizesAndTilingsOverTheirBoundsAreErrors() {
    func refuses(_ size: ImageSize, _ tiling: Tiling) -> Bool {
      let reference = ImageReference(key: [], viewCount: 1, size: size, policy: .tiles(tiling))
      return (try? ImageReference(decoding: reference.encoded)) == nil
    }
    let size = ImageSize(width: 640, height: 480)
    #expect(!refuses(size, .paper))
    #expect(refuses(ImageSize(width: 1 << 31, height: 480), .paper))
    #expect(refuses(ImageSize(width: 0, height: 480), .paper))
    #expect(refuses(size, .original(grids: [TileGrid(columns: 13, rows: 5)])))
    #expect(refuses(size, .original(grids: Array(repeating: TileGrid(columns: 1, rows: 1), count: 65))))
  }

  /// Equal bytes would let features of one way to see a picture stand for those of another.
  @Test func policiesHaveTheSameIdentityOnlyIfTheyAreEqual() {
    var tilings: [Tiling] = [.paper, .original(), .transformers(), .squared(grids: Tiling.published), .untrained]
    tilings += (0...6).map { Tiling.paper.limited(to: $0) }
    let policies = Set([ImagePolicy.pad, .crop] + tilings.map(ImagePolicy.tiles))
    #expect(Set(policies.map(\.identity)).count == policies.count && policies.count == 13)
  }

  @Test func aTraceOfAnotherLengthIsAnErrorAndNeverAnother() {
    let trace = TraceID(high: 0x0102_0304_0506_0708, low: 9)
    #expect(TraceID("\(trace)") == trace)
    for text in ["", "1", "\(trace)0", String(repeating: "g", count: 32), "+" + String(repeating: "1", count: 31)] {
      #expect(TraceID(text) == nil, "\(text)")
    }
    let bytes = TraceRequest(trace: trace).encoded
    #expect(throws: ServiceError.self) { try TraceRequest(decoding: [10, 15] + bytes.dropFirst(3)) }
  }

  @Test func aMessageOverItsBoundIsRefusedUnread() {
    #expect(throws: ServiceError.self) {
      try GenerateReply(decoding: Array(repeating: 0, count: Limits.messageByteCount + 1))
    }
  }

  @Test func numbersAreThoseOfTheContract() {
    let codes: [ServiceError.Code: Llava__V1__ServiceErrorCode] = [
      .invalidRequest: LLAVA__V1__SERVICE_ERROR_CODE__INVALID_REQUEST,
      .unauthenticated: LLAVA__V1__SERVICE_ERROR_CODE__UNAUTHENTICATED,
      .notFound: LLAVA__V1__SERVICE_ERROR_CODE__NOT_FOUND,
      .incompatible: LLAVA__V1__SERVICE_ERROR_CODE__INCOMPATIBLE,
      .tooLarge: LLAVA__V1__SERVICE_ERROR_CODE__TOO_LARGE,
      .unsupportedImage: LLAVA__V1__SERVICE_ERROR_CODE__UNSUPPORTED_IMAGE,
      .limitReached: LLAVA__V1__SERVICE_ERROR_CODE__LIMIT_REACHED,
      .cancelled: LLAVA__V1__SERVICE_ERROR_CODE__CANCELLED,
      .internalFailure: LLAVA__V1__SERVICE_ERROR_CODE__INTERNAL_FAILURE,
      .overloaded: LLAVA__V1__SERVICE_ERROR_CODE__OVERLOADED,
      .unavailable: LLAVA__V1__SERVICE_ERROR_CODE__UNAVAILABLE,
      .deadlineExceeded: LLAVA__V1__SERVICE_ERROR_CODE__DEADLINE_EXCEEDED,
      .permissionDenied: LLAVA__V1__SERVICE_ERROR_CODE__PERMISSION_DENIED,
    ]
    for code in ServiceError.Code.allCases { #expect(codes[code]?.rawValue == UInt32(code.rawValue), "\(code)") }
    let methods: [Contracts.Method: Llava__V1__Method] = [
      .health: LLAVA__V1__METHOD__HEALTH, .encode: LLAVA__V1__METHOD__ENCODE, .generate: LLAVA__V1__METHOD__GENERATE,
      .ask: LLAVA__V1__METHOD__ASK, .status: LLAVA__V1__METHOD__STATUS,
      .prepare: LLAVA__V1__METHOD__PREPARE, .encodeView: LLAVA__V1__METHOD__ENCODE_VIEW,
      .drain: LLAVA__V1__METHOD__DRAIN, .reload: LLAVA__V1__METHOD__RELOAD, .scale: LLAVA__V1__METHOD__SCALE,
      .trace: LLAVA__V1__METHOD__TRACE,
    ]
    for method in Contracts.Method.allCases {
      #expect(methods[method]?.rawValue == UInt32(method.rawValue), "\(method)")
    }
  }
}
