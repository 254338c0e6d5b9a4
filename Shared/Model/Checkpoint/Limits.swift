/// What a checkpoint may be at most. A file beyond these bounds is refused before memory is spent on it.
enum Limits {
  /// Bytes of a safetensors header; the format's own bound (safetensors, `MAX_HEADER_SIZE`).
  static let headerByteCount = 100_000_000
  /// Bytes of a JSON file beside the weights; the index of a 100,000-tensor checkpoint takes about 10 MB.
  static let jsonByteCount = 16 << 20
  /// Tensors in one file; LLaVA-1.5 13B has 758 in all.
  static let tensorCount = 100_000
  /// Dimensions of one tensor; a convolution has four.
  static let dimensionCount = 8
  /// Files of one checkpoint, each of which stays mapped.
  static let shardCount = 1_024
}

/// Sizes that a configuration may name: far above any published model, so that products of them cannot overflow.
enum ConfigurationLimits {
  /// Elements of a hidden state, a feed-forward layer or a head.
  static let width = 1 << 17
  static let layerCount = 1_024
  static let headCount = 1_024
  /// Pixels.
  static let imageSide = 1 << 13
  /// Rows of an embedding.
  static let vocabularySize = 1 << 22
  /// Positions.
  static let contextLength = 1 << 24
}
