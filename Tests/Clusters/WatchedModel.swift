import Concurrency
package import Contracts
package import Decoder
import Glibc
package import LanguageModel
package import Numerics

/// A model whose steps a test sees and holds: the real one computes, once it is let.
package final class WatchedModel: GenerativeModel {
  private struct State {
    var allowed = Int.max
    var stepCount = 0
    var held: CheckedContinuation<Void, Never>?
    var isHolding = false
  }

  private let model: LlavaModel
  private let state = Lock(State())

  package init(_ model: LlavaModel) { self.model = model }

  package var vocabularySize: Int { model.vocabularySize }
  package var contextLength: Int { model.contextLength }
  package var rowEnd: Tensor? { model.rowEnd }
  package func project(_ view: ViewFeatures) -> Tensor { model.project(view) }
  package var cache: KVCache { model.cache }

  /// Passes of the model so far, the held one not among them.
  package var stepCount: Int { state.withLock { $0.stepCount } }

  /// Lets this many passes through; the next one is held until more are allowed.
  package func allow(_ count: Int) { state.withLock { $0.allowed = count } }

  /// Returns once a pass is held.
  package func held() async {
    await withCheckedContinuation { continuation in
      let isHolding = state.withLock { state in
        if !state.isHolding { state.held = continuation }
        return state.isHolding
      }
      if isHolding { continuation.resume() }
    }
  }

  package func forward(_ chunks: [SequenceChunk]) -> [[Float]] {
    // On the inference thread, which is ours to hold.
    while true {
      let (mayPass, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
        guard state.allowed <= 0 else {
          state.allowed -= 1
          state.stepCount += 1
          state.isHolding = false
          return (true, nil)
        }
        state.isHolding = true
        return (false, state.held.take())
      }
      waiter?.resume()
      if mayPass { return model.forward(chunks) }
      sched_yield()
    }
  }
}
