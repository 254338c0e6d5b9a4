import Concurrency
import Contracts
import RPC
import TestSupport

/// A simulated client: a channel to one gateway, and the questions that go over it.
struct Client: Sendable {
  let channel: Channel
  let kit: ModelKit
  let clock: any MonotonicClock
  let chronicle: Chronicle

  init(
    at gateway: Address, over transport: any Transport, clock: any MonotonicClock, _ kit: ModelKit,
    _ chronicle: Chronicle
  ) {
    self.kit = kit
    self.clock = clock
    self.chronicle = chronicle
    channel = Channel(
      to: gateway, over: transport, clock: clock, hello: { Hello(role: .client).greeting },
      greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: [.gateway]) })
  }

  /// Asks a question at its time, and writes down what is heard of it.
  func ask(_ question: Question, after start: Instant) async {
    do {
      try await clock.sleep(until: start + question.at)
      // One that is asked while nobody is there is no question of a system.
      try await channel.opened()
    } catch {
      return
    }
    chronicle.asked(question.number)
    let result: Result<AskFinished, ServiceError>
    do {
      result = .success(try await answer(question))
    } catch {
      result = .failure(ServiceError(error))
    }
    // A world that ends is no answer.
    if !Task.isCancelled { chronicle.ended(question.number, result) }
  }

  private func answer(_ question: Question) async throws -> AskFinished {
    let deadline = question.deadline.map { clock.now + $0 } ?? .distantFuture
    let context = CallContext(deadline: deadline, trace: Chronicle.trace(question.number))
    return try await withThrowingTaskGroup(of: AskFinished.self) { group in
      group.addTask {
        try await GatewayClient(channel).ask(
          question.request(kit), images: question.pictures.map { kit.pictures[$0].file }, in: context
        ) { reply in
          if case .token(let token) = reply { chronicle.heard(token, of: question.number) }
        }
      }
      if let patience = question.cancelAfter {
        group.addTask {
          try await clock.sleep(for: patience)
          throw CancellationError()
        }
      }
      defer { group.cancelAll() }
      guard let finished = try await group.next() else { throw CancellationError() }
      return finished
    }
  }
}
