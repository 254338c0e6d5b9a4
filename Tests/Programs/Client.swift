import Clusters
package import Concurrency
package import Contracts
package import RPC

/// A client of a gateway in another process.
package struct Client: Sendable {
  package let channel: Channel
  package let gateway: GatewayClient

  init(_ channel: Channel) {
    self.channel = channel
    gateway = GatewayClient(channel)
  }

  package var context: CallContext { context(deadline: .distantFuture) }

  package func context(deadline: Instant) -> CallContext {
    var generator = SystemRandomNumberGenerator()
    return CallContext(deadline: deadline, trace: .random(using: &generator))
  }

  package func status() async throws -> StatusReply { try await gateway.status(in: context) }

  /// The text of an answer; `started` hears of its first token.
  package func ask(_ question: String, _ image: [UInt8], started: @escaping @Sendable () -> Void = {}) async throws
    -> String
  {
    let request = AskRequest(
      turns: [Turn(.user, [.image(0), .text(question)])], imageByteCounts: [image.count], tokenLimit: 160)
    let text = Lock("")
    let finished = try await gateway.ask(request, images: [image], in: context) { reply in
      guard case .token(let token) = reply else { return }
      if token.index == 0 { started() }
      text.withLock { $0 += token.text }
    }
    return text.withLock { $0 } + finished.finished.text
  }

  /// Returns once nothing is in progress anywhere and every ledger adds up; gives the status then.
  package func settled() async throws -> StatusReply {
    while true {
      let status = try await status()
      let ledgers = [status.gauges] + status.workers.filter { $0.state == "ready" }.map(\.gauges)
      // A worker that took too long to say has none this time.
      guard ledgers.allSatisfy({ !$0.isEmpty }) else { continue }
      let imbalances = ledgers.compactMap(\.imbalance)
      guard let imbalance = imbalances.first else { return status }
      guard imbalances.allSatisfy({ $0.contains("still in progress") }) else {
        throw ServiceError(.internalFailure, imbalance)
      }
    }
  }
}
