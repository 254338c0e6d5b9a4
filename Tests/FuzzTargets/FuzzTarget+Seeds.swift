import Concurrency
import TilePlan

@testable import Contracts
@testable import RPC

extension FuzzTarget {
  /// Inputs of the kind that are made, for a start; of the others there are files.
  public var seeds: [[UInt8]] {
    switch self {
    case .safetensors, .torch, .gguf, .headers, .images: []
    case .frames: Self.someConnections
    case .messages: Self.someMessages
    case .replies: Self.someReplies
    case .configurations: Self.someConfigurations
    }
  }

  private static var someMessages: [[UInt8]] {
    let turns = [Turn(.user, [.image(0), .text("What is this?\0é")]), Turn(.assistant, [.text("A cat.")])]
    let images = [ImageReference(key: [1, 2], viewCount: 5, size: ImageSize(width: 640, height: 480), policy: .crop)]
    var sampling = Sampling()
    (sampling.temperature, sampling.topK, sampling.topP, sampling.seed) = (0.5, 40, 0.9, 7)
    (sampling.logprobs, sampling.logitBias) = (2, [3: -1, 9: 0.5])
    let usage = Usage(promptTokens: 618, cachedTokens: 609, imageTokens: 576, completionTokens: 4)
    let finished = Finished(
      reason: .stopString, usage: usage, timings: [Timing("prefill", microseconds: 12)], text: "rest",
      reference: .transformers, template: "llava_hf")
    let token = Token(index: 1, id: 5, text: "a", logprob: -1, alternatives: [.init(id: 3, logprob: -2)])
    let contract = FeatureContract(
      imageSide: 336, patchSide: 14, mean: [0.1, 0.2, 0.3], standardDeviation: [1, 2, 3], layers: [23],
      keepsClassToken: false, tokenCount: 576, width: 1024)
    let card = ModelCard(
      name: "m", contract: contract, towerFingerprint: Array(0..<32), precision: "fp32", policy: .pad,
      transformersPolicy: .crop, reference: .original, towerName: "t", isDemonstration: true, contextLength: 4096,
      tiling: .original(), transformersTiling: .transformers())
    let bodies: [[UInt8]] = [
      Hello(role: .vision, card: card, token: "llava_1_2").encoded,
      AskRequest(turns: turns, imageByteCounts: [7], policy: .pad, sampling: sampling, stops: ["x"]).encoded,
      AskReply.finished(
        AskFinished(
          finished: finished, images: [], timings: [], model: "m", isDemonstration: false, decoder: "d")
      ).encoded,
      GenerateRequest(
        turns: turns, images: images, sampling: sampling, tokenLimit: 9, stops: ["a", ""], salt: [0]
      ).encoded,
      GenerateReply.token(token).encoded,
      EncodeRequest(policy: .crop, element: .f32, pixels: .f16, imageByteCount: 5, imageDigest: [9]).encoded,
      EncodeReply.prepared(PreparedImage(width: 1, height: 2, viewCount: 3)).encoded,
      PrepareRequest(policy: .tiles(.paper), imageByteCount: 7, imageDigest: [1]).encoded,
      PrepareReply.chunk(ViewChunk(view: 3, byteCount: 338_688, digest: [7])).encoded,
      EncodeViewRequest(element: .f32, pixels: .f16, viewByteCount: 338_688, viewDigest: [2]).encoded,
      HealthReply(isReady: false, reason: "why", gauges: [Gauge("g", -1)]).encoded,
      StatusReply(isReady: true, reason: "", workers: [], gauges: [Gauge("h", .max)], build: "b").encoded,
      card.encoded,
    ]
    return bodies.enumerated().map { [UInt8($0.offset)] + $0.element }
  }

  /// A connection's first frames, as a server and as a client see them.
  private static var someConnections: [[UInt8]] {
    func frames(_ side: UInt8, _ frames: [Frame]) -> [UInt8] {
      var number: UInt32 = 0
      return frames.reduce(into: [side]) { bytes, frame in
        var frame = frame
        if frame.kind.isCounted {
          number += 1
          frame.sequence = number
        }
        let body = frame.header + frame.message + frame.attachment
        bytes += [UInt8(body.count & 255), UInt8(body.count >> 8), UInt8(frame.call)] + body
      }
    }
    let hello = Frame(.hello, message: [1, 2, 3])
    let request = FuzzedFrames.call.frame(call: 1, credit: 4, at: Instant(nanoseconds: 0))
    return [
      frames(0, [hello, request, Frame(.item, call: 1, attachment: [1, 2]), Frame(.finish, call: 1), Frame(.ping)]),
      frames(0, [hello, request, Frame(.cancel, call: 1), Frame(.goAway)]),
      frames(1, [hello, Frame(.item, call: 1, message: [4]), Frame(.credit, call: 1, value: 4), Frame(.end, call: 1)]),
      frames(1, [hello, Frame(.acknowledge, sequence: 2), Frame(.pong, sequence: 1), Frame(.goAway, value: 10)]),
    ]
  }

  private static var someReplies: [[UInt8]] {
    [
      "+OK\r\n", "-ERR no\r\n", ":42\r\n", "$3\r\nabc\r\n", "$-1\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "_\r\n",
      "%1\r\n+a\r\n:1\r\n",
    ]
    .map { [7] + Array($0.utf8) }
  }

  private static var someConfigurations: [[UInt8]] {
    let yaml = """
      config: x
      threads: 2
      weights: int8
      store: [redis://a:1, rediss://b]
      feature-cache-bytes: 4GiB
      log-format: json
      insecure: true
      metrics: 127.0.0.1:9100
      """
    let model = """
      {"architectures":["LlavaForConditionalGeneration"],"image_token_index":32000,"projector_hidden_act":"gelu",
      "vision_feature_layer":-2,"vision_feature_select_strategy":"default","text_config":{"model_type":"llama",
      "hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"intermediate_size":128,"vocab_size":32064,
      "rms_norm_eps":1e-05,"max_position_embeddings":4096},"vision_config":{"model_type":"clip_vision_model",
      "hidden_size":64,"image_size":336,"patch_size":14,"num_attention_heads":4,"num_hidden_layers":3,
      "intermediate_size":128,"projection_dim":32}}
      """
    let tokens = """
      {"version":1,"tokens":[{"id":"00112233445566778899aabbccddeeff","name":"a","sha256":"\(String(repeating: "0", count: 64))",
      "admin":true,"created":"2026-01-01T00:00:00Z"}]}
      """
    return [yaml, model, tokens].enumerated().map { [UInt8($0.offset)] + Array($0.element.utf8) }
  }
}
