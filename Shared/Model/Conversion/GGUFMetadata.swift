import Checkpoint
import Numerics
import Tokenizer

/// The keys that llama.cpp's loaders ask for (`llama-arch.cpp`, `clip-impl.h`).
enum GGUFMetadata {
  typealias Pairs = [(key: String, value: GGUFValue)]

  static func language(
    _ checkpoint: Checkpoint, _ tokenizer: Tokenizer, template: String?, type: Int
  ) -> Pairs {
    let language = checkpoint.configuration.language
    let architecture: Pairs = [
      ("general.architecture", .string("llama")), ("general.type", .string("model")),
      ("general.name", .string(checkpoint.name)), ("general.file_type", whole(type)),
      ("general.quantization_version", whole(2)),
      ("llama.vocab_size", whole(language.vocabularySize)), ("llama.context_length", whole(language.contextLength)),
      ("llama.embedding_length", whole(language.hiddenSize)), ("llama.block_count", whole(language.layerCount)),
      ("llama.feed_forward_length", whole(language.intermediateSize)),
      ("llama.rope.dimension_count", whole(language.headSize)),
      ("llama.rope.freq_base", .float(language.ropeTheta)),
      ("llama.attention.head_count", whole(language.headCount)),
      ("llama.attention.head_count_kv", whole(language.keyValueHeadCount)),
      ("llama.attention.key_length", whole(language.headSize)),
      ("llama.attention.value_length", whole(language.headSize)),
      ("llama.attention.layer_norm_rms_epsilon", .float(Double(language.rmsNormEpsilon))),
    ]
    return architecture + vocabulary(tokenizer, checkpoint.configuration, template: template)
  }

  /// The pieces, the added tokens behind them, and a name for every row that the embedding has besides.
  private static func vocabulary(
    _ tokenizer: Tokenizer, _ configuration: ModelConfiguration, template: String?
  ) -> Pairs {
    let embedded = tokenizer.embedded
    var texts = embedded.pieces.map(\.text)
    var scores = embedded.pieces.map(\.score)
    var kinds = embedded.pieces.map { $0.kind.rawValue }
    let added = Dictionary(tokenizer.addedTokens.map { ($1, $0) }, uniquingKeysWith: { min($0, $1) })
    for id in texts.count..<max(texts.count, configuration.language.vocabularySize) {
      let name = added[Int32(id)]
      texts.append(Array((name ?? "[PAD\(id)]").utf8))
      scores.append(-1000)
      kinds.append(name == nil ? EmbeddedVocabulary.Kind.unused.rawValue : EmbeddedVocabulary.Kind.control.rawValue)
    }
    var pairs: Pairs = [
      ("tokenizer.ggml.model", .string("llama")), ("tokenizer.ggml.pre", .string("default")),
      ("tokenizer.ggml.tokens", .array(.strings(texts))), ("tokenizer.ggml.scores", .array(.floats(scores))),
      ("tokenizer.ggml.token_type", .array(.integers(kinds.map { Int($0) }))),
      ("tokenizer.ggml.bos_token_id", whole(Int(embedded.beginningOfSequenceID))),
      ("tokenizer.ggml.eos_token_id", whole(Int(embedded.endOfSequenceID))),
      ("tokenizer.ggml.unknown_token_id", whole(Int(embedded.unknownID))),
    ]
    if let id = configuration.padTokenID, id < texts.count {
      pairs.append(("tokenizer.ggml.padding_token_id", whole(id)))
    }
    if let template { pairs.append(("tokenizer.chat_template", .string(template))) }
    return pairs + [
      ("tokenizer.ggml.add_bos_token", .bool(true)), ("tokenizer.ggml.add_eos_token", .bool(false)),
      ("tokenizer.ggml.add_space_prefix", .bool(embedded.addsSpacePrefix)),
      (Tokenizer.legacyKey, .bool(tokenizer.isLegacy)),
    ]
  }

  static func tower(_ checkpoint: Checkpoint, type: Int) -> Pairs {
    let configuration = checkpoint.configuration
    let vision = configuration.vision
    var pairs: Pairs = [
      ("general.architecture", .string("clip")), ("general.type", .string("mmproj")),
      ("general.name", .string(checkpoint.name)), ("general.file_type", whole(type)),
      ("clip.has_text_encoder", .bool(false)), ("clip.has_vision_encoder", .bool(true)),
      ("clip.has_llava_projector", .bool(true)), ("clip.projector_type", .string("mlp")),
      ("clip.use_gelu", .bool(vision.activation == .gelu)), ("clip.use_silu", .bool(vision.activation == .silu)),
      ("clip.vision.image_size", whole(vision.imageSide)), ("clip.vision.patch_size", whole(vision.patchSide)),
      ("clip.vision.embedding_length", whole(vision.hiddenSize)),
      ("clip.vision.feed_forward_length", whole(vision.intermediateSize)),
      ("clip.vision.projection_dim", whole(configuration.language.hiddenSize)),
      ("clip.vision.block_count", whole(configuration.usedVisionLayerCount)),
      // Without it llama.cpp leaves the last of the blocks out, as if the file still had the tower's unused one.
      ("clip.vision.feature_layer", .array(.integers(configuration.featureLayers))),
      ("clip.vision.attention.head_count", whole(vision.headCount)),
      ("clip.vision.attention.layer_norm_epsilon", .float(Double(vision.layerNormEpsilon))),
      ("clip.vision.image_mean", .array(.floats(checkpoint.preprocessing.mean))),
      ("clip.vision.image_std", .array(.floats(checkpoint.preprocessing.standardDeviation))),
    ]
    if let pinpoints = configuration.pinpoints {
      pairs += [
        ("clip.vision.image_grid_pinpoints", .array(.integers(Array(pinpoints.joined())))),
        ("clip.vision.mm_patch_merge_type", .string("spatial_unpad")),
      ]
    }
    if let pads = checkpoint.preprocessing.padsToSquare {
      pairs.append(("clip.vision.image_aspect_ratio", .string(pads ? "pad" : "square")))
    }
    return pairs
  }

  /// llama.cpp's number for what most of a file is made of.
  static func fileType(quantized type: WeightType?, _ tensors: [(name: String, stream: TensorStream)]) -> Int {
    let matrices = tensors.filter { $0.stream.shape.count > 1 }.map(\.stream.type)
    let counts = Dictionary(matrices.map { ($0, 1) }, uniquingKeysWith: +)
    return fileType(type ?? counts.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key ?? .f32)
  }

  /// llama.cpp's number for a type (`llama_ftype`).
  static func fileType(_ type: WeightType) -> Int {
    let numbers: [WeightType: Int] = [
      .f32: 0, .f16: 1, .q40: 2, .q41: 3, .q80: 7, .q50: 8, .q51: 9, .q4k: 15, .q5k: 17, .q6k: 18, .bf16: 32,
    ]
    return numbers[type] ?? 1
  }

  private static func whole(_ number: Int) -> GGUFValue { .unsigned(UInt64(number)) }
}
