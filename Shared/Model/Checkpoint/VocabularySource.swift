/// Where a model's vocabulary is.
public enum VocabularySource: Sendable {
  /// In the files of a directory: `tokenizer.model` or `tokenizer.json`, and what stands beside them.
  case directory(String)
  /// In the metadata of a GGUF file.
  case embedded(GGUFFile)
}

extension VocabularySource: CustomStringConvertible {
  /// The place, for people.
  public var description: String {
    switch self {
    case .directory(let path): path
    case .embedded(let file): file.path
    }
  }
}
