import Concurrency
import Launch
import RPC

/// What a check found.
enum Outcome: Equatable, Sendable {
  case passed(String)
  /// Everything works, though not as well as it could.
  case warning(String, advice: String)
  case failed(String, advice: String)
}

/// One question about this machine or its files, and how it is answered.
struct Check: Sendable {
  /// What a check is about, in the order of the report.
  enum Section: String, Sendable, CaseIterable, Encodable {
    case golden, pixels, tokens, features, logits, kernels, machine, places, model
  }

  let section: Section
  let name: String
  let outcome: @Sendable () async -> Outcome

  /// What `body` throws is a failure; `advice` is what to do about it.
  init(_ section: Section, _ name: String, advice: String, _ body: @escaping @Sendable () async throws -> Outcome) {
    self.section = section
    self.name = name
    outcome = {
      do { return try await body() } catch { return .failed(sentence(of: error), advice: advice) }
    }
  }

  /// The same for what computes, which belongs on a thread of its own.
  init(
    _ section: Section, _ name: String, advice: String, on thread: any ComputeThread,
    _ body: @escaping @Sendable () throws -> Outcome
  ) {
    self.init(section, name, advice: advice) { try await thread.run(body) }
  }

  /// What is known already.
  init(_ section: Section, _ name: String, _ outcome: Outcome) {
    self.section = section
    self.name = name
    self.outcome = { outcome }
  }
}

/// What an error says, without the kind that it begins with where the message has it all.
private func sentence(of error: any Error) -> String {
  switch error {
  case let error as LaunchError: error.message
  case let error as ServiceError: error.message
  default: "\(error)"
  }
}
