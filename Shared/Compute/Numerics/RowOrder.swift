/// In which order a file has the rows of a weight.
public enum RowOrder: Sendable, Hashable {
  case natural
  /// Of each of `headCount` heads of `2 h` rows, row `2 i + p` of the file is row `p h + i` of the head: GGUF's order of
  /// the query and key of LLaMA, in which a rotary pair lies side by side (llama.cpp, `LlamaModel.permute`).
  case interleaved(headCount: Int)
}
