import Numerics
import TilePlan

extension ModelConfiguration {
  /// What the metadata of a language model's and of a tower's file say, in llama.cpp's keys.
  init(language parts: GGUFParts, tower: GGUFParts) throws(CheckpointError) {
    let file = parts.files[0]
    let checks = ConfigurationChecks(file: file.path)
    vision = try VisionConfiguration(tower.files[0])
    language = try LlamaConfiguration(parts)
    featureLayers = try Self.featureLayers(tower.files[0], of: vision)
    selectStrategy = .default
    grids = try Self.grids(tower.files[0], vision)
    projector = try ProjectorConfiguration(tower)
    let vocabulary = try file.texts("tokenizer.ggml.tokens")
    imageTokenID = vocabulary.firstIndex(of: Array("<image>".utf8))
    padTokenID = try checks.optionalToken(
      "tokenizer.ggml.padding_token_id", try file.integerIfPresent("tokenizer.ggml.padding_token_id"))
    beginningOfSequenceID =
      try checks.token("tokenizer.ggml.bos_token_id", try file.integerIfPresent("tokenizer.ggml.bos_token_id")) ?? 1
    let end = try checks.token(
      "tokenizer.ggml.eos_token_id", try file.integerIfPresent("tokenizer.ggml.eos_token_id"))
    endOfSequenceIDs = [end ?? 2]
  }

  /// Converters leave the layers out that no feature needs, unless they say which state is one.
  private static func featureLayers(
    _ tower: GGUFFile, of vision: VisionConfiguration
  ) throws(CheckpointError) -> [Int] {
    let key = "clip.vision.feature_layer"
    let layers = try tower.integersIfPresent(key) ?? [vision.layerCount]
    guard !layers.isEmpty, layers.allSatisfy((0...vision.layerCount).contains) else {
      throw ConfigurationChecks(file: tower.path)
        .malformed(key, expected: "layers of 0 to \(vision.layerCount)", found: "\(layers)")
    }
    return layers
  }
}

extension ModelConfiguration {
  /// The original's list, number after number; nil where pictures are not split.
  private static func grids(
    _ tower: GGUFFile, _ vision: VisionConfiguration
  ) throws(CheckpointError) -> [TileGrid]? {
    let checks = ConfigurationChecks(file: tower.path)
    let key = "clip.vision.image_grid_pinpoints"
    guard let numbers = try tower.integersIfPresent(key) else { return nil }
    let merging = "clip.vision.mm_patch_merge_type"
    _ = try checks.choice(
      merging, try tower.textIfPresent(merging), absent: "spatial_unpad", ["spatial_unpad": ()])
    let pairs = stride(from: 0, to: numbers.count, by: 2).map { Array(numbers[$0..<min($0 + 2, numbers.count)]) }
    return try checks.grids(key, pairs, side: vision.imageSide)
  }
}

extension VisionConfiguration {
  /// A tower of CLIP's kind; llama.cpp's `clip.cpp` has the defaults of the keys that old files lack.
  fileprivate init(_ file: GGUFFile) throws(CheckpointError) {
    let checks = ConfigurationChecks(file: file.path)
    func size(_ key: String, limit: Int) throws(CheckpointError) -> Int {
      try checks.size("clip.vision.\(key)", try file.integer("clip.vision.\(key)"), absent: 0, limit: limit)
    }
    hiddenSize = try size("embedding_length", limit: ConfigurationLimits.width)
    intermediateSize = try size("feed_forward_length", limit: ConfigurationLimits.width)
    layerCount = try size("block_count", limit: ConfigurationLimits.layerCount)
    headCount = try size("attention.head_count", limit: ConfigurationLimits.headCount)
    try checks.divides("clip.vision.attention.head_count", headCount, hiddenSize, "embedding_length")
    imageSide = try size("image_size", limit: ConfigurationLimits.imageSide)
    patchSide = try size("patch_size", limit: ConfigurationLimits.imageSide)
    try checks.divides("clip.vision.patch_size", patchSide, imageSide, "image_size")
    let epsilon = "clip.vision.attention.layer_norm_epsilon"
    layerNormEpsilon = Float(
      try checks.number(epsilon, try file.numberIfPresent(epsilon), absent: 1e-5, limit: 1))
    let isSilu = try file.flagIfPresent("clip.use_silu") ?? false
    activation = try file.flagIfPresent("clip.use_gelu") ?? false ? .gelu : isSilu ? .silu : .quickGELU
  }
}

extension LlamaConfiguration {
  fileprivate init(_ parts: GGUFParts) throws(CheckpointError) {
    let file = parts.files[0]
    let checks = ConfigurationChecks(file: file.path)
    func size(_ key: String, limit: Int, absent: Int? = nil) throws(CheckpointError) -> Int {
      var written = try file.integerIfPresent("llama.\(key)") ?? absent
      if written == nil { written = try file.integer("llama.\(key)") }
      return try checks.size("llama.\(key)", written, absent: 0, limit: limit)
    }
    hiddenSize = try size("embedding_length", limit: ConfigurationLimits.width)
    intermediateSize = try size("feed_forward_length", limit: ConfigurationLimits.width)
    layerCount = try size("block_count", limit: ConfigurationLimits.layerCount)
    headCount = try size("attention.head_count", limit: ConfigurationLimits.headCount)
    keyValueHeadCount = try size("attention.head_count_kv", limit: ConfigurationLimits.headCount, absent: headCount)
    try checks.divides("llama.attention.head_count_kv", keyValueHeadCount, headCount, "head_count")
    headSize = try size(
      "attention.key_length", limit: ConfigurationLimits.width,
      absent: try file.integerIfPresent("llama.rope.dimension_count") ?? hiddenSize / headCount)
    guard headSize.isMultiple(of: 2) else {  // positions turn pairs of a head's elements
      throw checks.malformed("llama.rope.dimension_count", expected: "an even number", found: "\(headSize)")
    }
    contextLength = try size("context_length", limit: ConfigurationLimits.contextLength)
    let epsilon = "llama.attention.layer_norm_rms_epsilon"
    rmsNormEpsilon = Float(try checks.number(epsilon, try file.number(epsilon), absent: 1e-5, limit: 1))
    let theta = "llama.rope.freq_base"
    ropeTheta = try checks.number(theta, try file.numberIfPresent(theta), absent: 10_000, limit: 1e12)
    let scaling = try file.textIfPresent("llama.rope.scaling.type") ?? "none"
    try checks.absent("llama.rope.scaling.type", scaling != "none", found: "\"\(scaling)\"")
    guard let rows = parts["token_embd.weight"]?.shape.first else {
      throw CheckpointError(
        code: .missingTensor, message: "\(file.path): token_embd.weight: expected a tensor, found none")
    }
    vocabularySize = try checks.size(
      "rows of token_embd.weight", rows, absent: 0, limit: ConfigurationLimits.vocabularySize)
    tiesEmbeddings = parts["output.weight"] == nil
  }
}

extension ProjectorConfiguration {
  /// As many linear layers as the file has; its oldest kind does not say that they are an MLP.
  fileprivate init(_ tower: GGUFParts) throws(CheckpointError) {
    let file = tower.files[0]
    let checks = ConfigurationChecks(file: file.path)
    _ = try checks.choice(
      "clip.projector_type", try file.textIfPresent("clip.projector_type"), absent: "mlp", ["mlp": ()])
    var count = 0
    while tower["mm.\(2 * count).weight"] != nil { count += 1 }
    layerCount = count
    activation = .gelu
    hasBias = tower["mm.0.bias"] != nil
  }
}

extension PreprocessingConfiguration {
  init(_ tower: GGUFFile, side: Int) throws(CheckpointError) {
    let checks = ConfigurationChecks(file: tower.path)
    self.side = side
    func channels(_ key: String) throws(CheckpointError) -> [Float] {
      try Self.channels(key, try tower.numbers(key).map(Double.init), checks)
    }
    mean = try channels("clip.vision.image_mean")
    standardDeviation = try channels("clip.vision.image_std")
    let aspect = try tower.textIfPresent("clip.vision.image_aspect_ratio")
    padsToSquare = aspect?.hasPrefix("anyres") == true ? nil : aspect.map { $0 == "pad" }
  }
}
