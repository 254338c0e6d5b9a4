import Concurrency
import Contracts
import RPC

/// What happened in a simulated system: each piece of work that a process was given, and what each client was told.
final class Chronicle: Sendable {
  enum Work: Sendable { case ask, generate, encode, prepare }

  /// A process's handling of one call.
  struct Execution: Sendable {
    let work: Work
    let host: String
    /// Which of the processes that lived there one after the other.
    let life: Int
    /// The number of the question that it is for; nothing where it is for none.
    let question: Int
    /// What was encoded.
    let subject: [UInt8]
    let began: Instant
    var ended: Instant?
    var isWell = false
  }

  /// What became of a question, as its client has it.
  struct Outcome: Sendable {
    let asked: Instant
    var ended: Instant?
    var endCount = 0
    var tokens: [Token] = []
    var finished: AskFinished?
    var error: ServiceError?
  }

  private let clock: any MonotonicClock
  private let log = Lock<[Execution]>([])
  private let answers: Lock<[Outcome?]>

  init(clock: any MonotonicClock, questionCount: Int) {
    self.clock = clock
    answers = Lock(Array(repeating: nil, count: questionCount))
  }

  var executions: [Execution] { log.withLock { $0 } }
  var outcomes: [Outcome?] { answers.withLock { $0 } }

  /// How many questions have ended.
  var endedCount: Int { answers.withLock { $0.count { $0?.ended != nil } } }

  /// The trace that a question goes under, 1 or more.
  static func trace(_ question: Int) -> TraceID { TraceID(high: 0, low: UInt64(question) + 1) }

  func executing<Result>(
    _ work: Work, on host: String, life: Int, _ context: CallContext, subject: [UInt8] = [],
    _ body: () async throws -> Result
  ) async throws -> Result {
    let index = log.withLock { log in
      log.append(
        Execution(
          work: work, host: host, life: life, question: Int(context.trace.low) - 1, subject: subject,
          began: clock.now))
      return log.count - 1
    }
    do {
      let result = try await body()
      end(index, isWell: true)
      return result
    } catch {
      end(index, isWell: false)
      throw error
    }
  }

  private func end(_ index: Int, isWell: Bool) {
    let now = clock.now
    log.withLock { log in
      log[index].ended = now
      log[index].isWell = isWell
    }
  }

  func asked(_ question: Int) {
    let now = clock.now
    answers.withLock { $0[question] = Outcome(asked: now) }
  }

  func heard(_ token: Token, of question: Int) { answers.withLock { $0[question]?.tokens.append(token) } }

  func ended(_ question: Int, _ result: Result<AskFinished, ServiceError>) {
    let now = clock.now
    answers.withLock { answers in
      answers[question]?.ended = now
      answers[question]?.endCount += 1
      switch result {
      case .success(let finished): answers[question]?.finished = finished
      case .failure(let error): answers[question]?.error = error
      }
    }
  }
}
