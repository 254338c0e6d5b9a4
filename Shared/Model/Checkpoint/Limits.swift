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

/// What a PyTorch file may have at most before its tensors; 100,000 tensors fit.
enum TorchLimits {
  /// Files in the archive: a storage for each tensor, and what describes them.
  static let entryCount = Limits.tensorCount + 1_024
  /// Bytes of the pickle; torch writes about 150 for each tensor.
  static let pickleByteCount = 32 << 20
  /// Opcodes of the pickle; torch writes about 40 for each tensor.
  static let opcodeCount = 1 << 23
  /// Values that wait to be put together; Python puts 1,000 pairs into a dictionary at a time.
  static let stackCount = 1 << 16
  /// Marks that are open at once, which is how deep lists and tuples nest; a state dict takes three.
  static let markCount = 256
  /// Values that are remembered; torch remembers about 11 for each tensor.
  static let memoCount = 1 << 21
  /// Tuples, dictionaries, storages and tensors that are made; torch makes about 9 for each tensor.
  static let objectCount = 1 << 20
  /// Bytes of a text; a name takes about 100.
  static let textByteCount = 1 << 16
  /// Bytes of the name of a Python module, or of something in it.
  static let globalByteCount = 256
}

/// Sizes that a configuration may name: far above any published model, so that products of them cannot overflow.
enum ConfigurationLimits {
  /// Elements of a hidden state, a feed-forward layer or a head.
  static let width = 1 << 17
  static let layerCount = 1_024
  static let headCount = 1_024
  /// Pixels.
  static let imageSide = 1 << 13
  /// Grids that a picture may be split into; LLaVA-OneVision, which has most, has 36.
  static let gridCount = 64
  /// Tiles of one grid; LLaVA-OneVision has 36.
  static let tileCount = 64
  /// Rows of an embedding.
  static let vocabularySize = 1 << 22
  /// Positions.
  static let contextLength = 1 << 24
}
