import Concurrency
public import Telemetry

/// What a process shows of itself: whether it lives, whether it is ready, and its numbers.
///
/// Answering takes locks and never waits for a computation, so that a process that computes for minutes is not taken for
/// dead.
public final class Probes: Sendable {
  private struct State {
    var readiness = Readiness()
    /// What else it lacks to be ready.
    var lack: @Sendable () -> String? = { nil }
  }

  public let metrics: MetricRegistry
  private let state = Lock(State())

  /// `program` and `version` are told with the numbers.
  public init(of program: String, version: String, metrics: MetricRegistry = MetricRegistry()) {
    self.metrics = metrics
    metrics.ask { Footprint().samples + [Metric.build.sample(1, program, version)] }
    metrics.ask { [weak self] in [Metric.ready.sample(self?.absence == nil ? 1 : 0)] }
  }

  /// The process has computed something: it is ready, as far as it is up to itself.
  public func warmed() { state.withLock { $0.readiness.warmed() } }

  /// It takes no new work from now on.
  public func stop() { state.withLock { $0.readiness.stop() } }

  /// Asks `lack`, whenever somebody wants to know, what else is missing. It must answer at once.
  public func require(_ lack: @escaping @Sendable () -> String?) { state.withLock { $0.lack = lack } }

  /// Why it is not ready, or nothing.
  public var absence: String? {
    let (readiness, lack) = state.withLock { ($0.readiness, $0.lack) }
    return readiness.absence(lacking: lack())
  }

  /// The answer to one request, whatever its query.
  func answer(to method: String, _ target: String) -> ProbeAnswer {
    let path = target.prefix { $0 != "?" && $0 != "#" }
    guard ["/metrics", "/healthz", "/readyz"].contains(path) else {
      return ProbeAnswer(.notFound, "there is /metrics, /healthz and /readyz\n")
    }
    guard method == "GET" || method == "HEAD" else {
      return ProbeAnswer(.methodNotAllowed, "expected GET or HEAD\n")
    }
    switch path {
    case "/metrics": return ProbeAnswer(.ok, metrics.exposition, type: ProbeAnswer.expositionType)
    case "/healthz": return ProbeAnswer(.ok, "alive\n")
    default:
      let absence = absence
      return ProbeAnswer(absence == nil ? .ok : .unavailable, (absence ?? "ready") + "\n")
    }
  }
}

/// One answer over HTTP.
struct ProbeAnswer: Equatable, Sendable {
  enum Status: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case notFound = 404
    case methodNotAllowed = 405
    case tooLarge = 431
    case unavailable = 503
  }

  static let expositionType = "text/plain; version=0.0.4; charset=utf-8"

  let status: Status
  let type: String
  let body: String

  init(_ status: Status, _ body: String, type: String = "text/plain; charset=utf-8") {
    self.status = status
    self.type = type
    self.body = body
  }
}
