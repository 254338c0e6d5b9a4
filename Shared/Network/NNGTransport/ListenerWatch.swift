import Concurrency

/// Decides when to ask a listener whether it still accepts, and when to listen again.
///
/// Debian's nng 1.5.2 has a bug (nng issue 1518): one peer that connects and closes at once can end a listener's
/// accepting for ever, without an error. Nobody inside can see it; so we knock at our own door.
struct ListenerWatch {
  enum Action: Equatable { case rest, knock, listenAgain }

  private enum State {
    case resting(until: Instant)
    case knocking(until: Instant)
  }

  private let interval: Duration
  private let patience: Duration
  private var state: State
  private var isAnswered = false

  init(limits: TransportLimits, at now: Instant) {
    interval = limits.watchInterval
    patience = limits.watchPatience
    state = .resting(until: now + limits.watchInterval)
  }

  /// The knock was answered.
  mutating func answered() { isAnswered = true }

  /// When to ask next.
  var next: Instant {
    switch state {
    case .resting(let until), .knocking(let until): until
    }
  }

  mutating func tick(at now: Instant) -> Action {
    guard now >= next else { return .rest }
    switch state {
    case .resting:
      isAnswered = false
      state = .knocking(until: now + patience)
      return .knock
    case .knocking where isAnswered:
      state = .resting(until: now + interval)
      return .rest
    case .knocking:
      state = .resting(until: now)
      return .listenAgain
    }
  }
}
