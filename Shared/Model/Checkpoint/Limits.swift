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
