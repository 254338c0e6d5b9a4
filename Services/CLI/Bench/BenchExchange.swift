import Concurrency
import Contracts

/// The gateway's side of one generation: gives features when they are asked for, and notes when each token comes.
final class BenchExchange: GenerationExchange {
  private let clock: any MonotonicClock
  private let features: @Sendable () async throws -> ViewFeatures
  private let said: @Sendable () -> Void
  private let needs: AsyncStream<Int>
  private let need: AsyncStream<Int>.Continuation
  private let heard = Lock((tokens: [Instant](), finished: Finished?.none))

  /// `features` makes those of an image's one view, and `said` hears of every token.
  init(
    clock: any MonotonicClock, features: @escaping @Sendable () async throws -> ViewFeatures,
    said: @escaping @Sendable () -> Void
  ) {
    self.clock = clock
    self.features = features
    self.said = said
    (needs, need) = AsyncStream.makeStream()  // bounded by the images of the request
  }

  /// When each token came.
  var tokens: [Instant] { heard.withLock { $0.tokens } }
  var finished: Finished? { heard.withLock { $0.finished } }

  func send(_ reply: GenerateReply) async throws {
    switch reply {
    case .need(let images): for image in images { need.yield(image) }
    case .token:
      heard.withLock { $0.tokens.append(clock.now) }
      said()
    case .finished(let finished): heard.withLock { $0.finished = finished }
    }
  }

  func receive() async throws -> (image: Int, view: Int, features: ViewFeatures)? {
    for await image in needs { return (image, 0, try await features()) }
    return nil
  }
}
