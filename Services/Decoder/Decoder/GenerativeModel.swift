public import Contracts
public import LanguageModel
public import Numerics

/// What the decoder needs of a model. The last of the five seams of a test: a simulation puts a small one here.
///
/// One thread at a time computes.
public protocol GenerativeModel: Sendable {
  /// Rows of the embedding; the tokenizer may know fewer.
  var vocabularySize: Int { get }
  /// Tokens that a prompt and its answer may have together.
  var contextLength: Int { get }
  /// What ends a row of tiles, `[1, hidden]`; nil for a model that never saw a picture in parts.
  var rowEnd: Tensor? { get }
  /// Projects the features of one view into rows of the model's input, `[tokens, hidden]`.
  func project(_ view: ViewFeatures) -> Tensor
  /// Runs the chunks in one pass; for each the logits of the rows that it asked for.
  func forward(_ chunks: [SequenceChunk]) -> [[Float]]
  /// Its keys and values.
  var cache: KVCache { get }
}
