import Concurrency

/// Decides when to ask a listener whether it still accepts, and when to listen again.
///
/// Debian's nng 1.5.2 has a bug (nng issue 1518): one peer that connects and closes at once can end a listener's
/// accepting for ever, without an error. Nobody inside can see it; so we knock at our own door.
struct ListenerWatch {
  enum Action: Equatable { case rest, knock, listenAgain }

  private enum State {
    case resting(until: Instant)
    /// `acceptances` is how many there had been before the knock.
    case knocking(until: Instant, acceptances: Int)
  }

  private let interval: Duration
  private let patience: Duration
  private var state: State

  init(limits: TransportLimits, at now: Instant) {
    interval = limits.watchInterval
    patience = limits.watchPatience
    state = .resting(until: now + limits.watchInterval)
  }

  /// When to ask next.
  var next: Instant {
    switch state {
    case .resting(let until), .knocking(let until, _): until
    }
  }

  /// `acceptances` counts the connections that were accepted so far. Nothing else tells: a listener that has stopped
  /// accepting still exchanges nng's greetings, and its peers believe to be connected.
  mutating func tick(at now: Instant, acceptances: Int) -> Action {
    guard now >= next else { return .rest }
    switch state {
    case .resting:
      state = .knocking(until: now + patience, acceptances: acceptances)
      return .knock
    case .knocking(_, let before) where acceptances > before:
      state = .resting(until: now + interval)
      return .rest
    case .knocking:
      state = .resting(until: now)
      return .listenAgain
    }
  }
}
