package import Concurrency
package import Contracts
import Foundation
package import RPC

/// An answer as a client put it together.
package struct Answer: Sendable {
  package var text: String
  package var tokens: [Int32]
  package var finished: AskFinished
}

extension Cluster {
  /// Asks, and gathers the whole answer.
  package func ask(
    _ turns: [Contracts.Turn], images: [[UInt8]], deadline: Instant = .distantFuture,
    _ change: (inout AskRequest) -> Void = { _ in }
  ) async throws -> Answer {
    var request = AskRequest(turns: turns, imageByteCounts: images.map(\.count))
    change(&request)
    let tokens = Lock<[Token]>([])
    let finished = try await client.ask(request, images: images, in: context(deadline: deadline)) { reply in
      if case .token(let token) = reply { tokens.withLock { $0.append(token) } }
    }
    let all = tokens.withLock { $0 }
    return Answer(text: all.map(\.text).joined() + finished.finished.text, tokens: all.map(\.id), finished: finished)
  }

  /// One question on one picture.
  package func ask(_ question: String, _ image: [UInt8], _ change: (inout AskRequest) -> Void = { _ in }) async throws
    -> Answer
  {
    try await ask([Turn(.user, [.image(0), .text(question)])], images: [image], change)
  }

  /// The error that a question gets; the test fails where it is answered.
  package func refusal(_ question: String, _ image: [UInt8], _ change: (inout AskRequest) -> Void = { _ in })
    async throws
    -> ServiceError
  {
    do {
      let answer = try await ask(question, image, change)
      throw ServiceError(.internalFailure, "expected a refusal, found the answer '\(answer.text)'")
    } catch let error as ServiceError {
      return error
    }
  }
}

/// The pictures that come with the demonstration model.
package enum Sample {
  package static func image(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: TestModel.root.appendingPathComponent("deploy/models/demo/samples/\(name)")))
  }

  package static let describe = "Write a detailed description of the image."
}

extension [Gauge] {
  package subscript(_ name: String) -> Int? { first { $0.name == name }?.value }

  /// Which sum of the ledger is off, or that something is still in progress; nothing where all adds up.
  package var imbalance: String? {
    func value(_ name: String) -> Int { self[name] ?? -1 }
    let received = value("received")
    let accepted = value("accepted")
    let ended = value("completed") + value("failed") + value("cancelled")
    if received != accepted + value("refused") { return "received \(received), accepted \(accepted): \(self)" }
    if accepted != ended + value("in_progress") { return "accepted \(accepted), ended \(ended): \(self)" }
    return value("in_progress") == 0 ? nil : "\(value("in_progress")) still in progress"
  }
}

extension Cluster {
  /// Returns once a process has nothing in progress and its ledger adds up; each look is an event of its own.
  package func settled(_ health: () async -> HealthReply) async throws {
    while let imbalance = await health().gauges.imbalance {
      guard imbalance.contains("still in progress") else { throw ServiceError(.internalFailure, imbalance) }
      await Task.yield()
    }
  }
}
