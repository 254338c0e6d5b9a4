/// Where a model's vocabulary is.
public enum VocabularySource: Sendable {
  /// In the files of a directory: `tokenizer.model` or `tokenizer.json`, and what stands beside them.
  case directory(String)
  /// In the metadata of a GGUF file.
  case embedded(GGUFFile)
}
