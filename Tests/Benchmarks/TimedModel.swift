import Concurrency
import Contracts
import Decoder
import LanguageModel
import Numerics

/// A model that remembers when its last pass ended.
final class TimedModel: GenerativeModel {
  private let model: LlavaModel
  private let end = Lock<Instant?>(nil)

  init(_ model: LlavaModel) { self.model = model }

  var lastPass: Instant? { end.withLock { $0 } }
  var vocabularySize: Int { model.vocabularySize }
  var contextLength: Int { model.contextLength }
  var rowEnd: Tensor? { model.rowEnd }
  func project(_ view: ViewFeatures) -> Tensor { model.project(view) }
  var cache: KVCache { model.cache }

  func forward(_ chunks: [SequenceChunk]) -> [[Float]] {
    defer { end.withLock { $0 = SystemClock().now } }
    return model.forward(chunks)
  }
}
