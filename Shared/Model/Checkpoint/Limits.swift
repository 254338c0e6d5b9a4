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
  /// Bytes of the pickle in a torch file; that of 13B takes 200 kB.
  static let pickleByteCount = 16 << 20
  /// Values that a pickle may remember; a tensor takes about ten.
  static let pickleValueCount = 1 << 20
  /// Files of one checkpoint, each of which stays mapped.
  static let shardCount = 1_024
}

/// What a GGUF file may have at most before its tensors.
enum GGUFLimits {
  /// Bytes of metadata and tensor descriptions; a vocabulary of 128,000 tokens and its merges take about 10 MB.
  static let headerByteCount = 100_000_000
  /// Keys of metadata; llama.cpp's converters write about 40.
  static let keyCount = 65_536
  /// Bytes of a key; the format's own bound.
  static let keyByteCount = 65_535
  /// Elements of an array; a vocabulary has as many tokens as an embedding has rows.
  static let arrayCount = 1 << 22
  /// Bytes of a tensor's name that is read; the format asks for 64 at most.
  static let nameByteCount = 1_024
  /// Bytes of a tensor's name that is written: ggml's `GGML_MAX_NAME` without its closing zero.
  static let writtenNameByteCount = 63
  /// Bytes of one tensor that is written: a terabyte, so that as many as are allowed have a sum.
  static let writtenTensorByteCount = 1 << 40
  /// Dimensions of a tensor: ggml's `GGML_MAX_DIMS`.
  static let dimensionCount = 4
  /// Bytes; a larger alignment is a mistake, and its padding would be most of the file.
  static let alignment = 1 << 20
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
