import Contracts

extension AskFinished {
  /// An answer as a gateway may end it.
  static let fabricated = AskFinished(
    finished: Finished(
      reason: .stopString,
      usage: Usage(promptTokens: 600, cachedTokens: 10, imageTokens: 576, completionTokens: 2), timings: [], text: "!",
      reference: .original, template: "vicuna_v1"),
    images: [
      SightReceipt(
        digest: [UInt8](repeating: 0xAB, count: 32), width: 640, height: 480, policy: .pad, viewCount: 1,
        tokenCount: 576, featureDigest: [UInt8](repeating: 0x01, count: 32), source: .encoded,
        worker: "tcp://127.0.0.1:7601")
    ],
    timings: [
      Timing("upload", microseconds: 1000), Timing("image encode", microseconds: 50_000),
      Timing("decoder wait", microseconds: 60_000), Timing("tokens", microseconds: 39_000),
      Timing("total", microseconds: 100_000),
    ], model: "demo", isDemonstration: true, decoder: "tcp://127.0.0.1:7602")
}
