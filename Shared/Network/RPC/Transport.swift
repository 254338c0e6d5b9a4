/// What calls need of a network: links that carry frames in order. The first of the five seams of a test.
public protocol Transport: Sendable {
  /// Opens one link. Throws `unavailable` when nobody answers; stops at once when the task is cancelled.
  func connect(to address: Address) async throws -> any Link

  /// Listens until `close`. Throws when the address cannot be had, naming it and why.
  func listen(at address: Address) async throws -> any Listener
}

/// Accepts links at one address.
public protocol Listener: Sendable {
  /// Where it really listens: with the port that the system chose for port 0.
  var address: Address { get }
  /// The next peer, or nothing once closed or when the task is cancelled. One task accepts.
  func accept() async -> (any Link)?
  /// Ends accepting; links that were accepted go on.
  func close() async
}

/// One peer, from its arrival until either side closes. A link never comes back: who needs the peer again opens another.
///
/// Frames arrive in order. A transport may lose or repeat some under faults; connections count them and notice.
public protocol Link: Sendable {
  /// Who is there, for messages and logs.
  var peer: String { get }
  /// Takes a frame without waiting. After the link is over frames vanish, which `receive` reports.
  func send(_ frame: Frame)
  /// The next frame, or nothing once the link is over. One task receives.
  func receive() async -> Frame?
  /// Ends the link at once; what was sent and not yet acknowledged may be lost.
  func close()
}
