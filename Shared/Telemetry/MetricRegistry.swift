import Concurrency
public import Metrics

/// All that one process measures, as a backend of swift-metrics, and what Prometheus reads of it.
///
/// Numbers that are kept anyway (a ledger, a cache's counts, free blocks) are not counted a second time: a source is asked
/// for them at each scrape. What is over by then, such as how long a step took, is recorded as it happens.
public final class MetricRegistry: MetricsFactory {
  /// What a scrape asks for numbers. It must answer at once: a lock, and no more.
  public typealias Source = @Sendable () -> [Sample]

  private struct Key: Hashable {
    let name: String
    let labels: [String]
  }

  private enum Cell {
    case number(NumberCell)
    case histogram(HistogramCell)

    var reading: Family.Reading {
      switch self {
      case .number(let cell): cell.reading
      case .histogram(let cell): cell.reading
      }
    }
  }

  private struct State {
    /// By name: those of ours, and those that libraries bring.
    var metrics: [String: Metric]
    var cells: [Key: (labels: [(name: String, value: String)], cell: Cell)] = [:]
    var sources: [Source] = []
    var refusedCount = 0

    mutating func refuse() -> Cell? {
      refusedCount += 1
      return nil
    }
  }

  /// Buckets of a histogram that is none of ours, in seconds.
  private static let bounds = [0.001, 0.01, 0.1, 1, 10, 100]

  private let seriesLimit: Int
  private let state: Lock<State>

  public init(_ metrics: [Metric] = Metric.all, seriesLimit: Int = TelemetryLimits.seriesCount) {
    self.seriesLimit = seriesLimit
    state = Lock(State(metrics: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0) })))
  }

  /// Asks `source` at every scrape. Numbers of several sources under the same name and labels are added up.
  public func ask(_ source: @escaping Source) { state.withLock { $0.sources.append(source) } }

  /// Everything, in Prometheus' text format.
  public var exposition: String { Exposition(families).text }

  private var families: [Family] {
    let (cells, sources, refusedCount) = state.withLock { state in
      (
        state.cells.map { (state.metrics[$0.key.name], $0.value.labels, $0.value.cell) }, state.sources,
        state.refusedCount
      )
    }
    var families: [String: Family] = [:]
    for case (let metric?, let labels, let cell) in cells {
      families[metric.name, default: Family(metric: metric)].series.append(
        Family.Series(labels: labels, reading: cell.reading))
    }
    for sample in Self.sums(of: sources.flatMap { $0() } + [Metric.refusedSeries.sample(refusedCount)])
      .prefix(seriesLimit)
    {
      let labels = zip(sample.metric.labels, sample.labelValues).map { (name: $0, value: Self.cut($1)) }
      families[sample.metric.name, default: Family(metric: sample.metric)].series.append(
        Family.Series(labels: labels, reading: .number(sample.value)))
    }
    return Array(families.values)
  }

  private static func sums(of samples: [Sample]) -> [Sample] {
    var places: [Key: Int] = [:]
    var sums: [Sample] = []
    for sample in samples {
      let key = Key(name: sample.metric.name, labels: sample.labelValues)
      if let place = places[key] {
        sums[place] = Sample(sample.metric, sums[place].value + sample.value, sample.labelValues)
      } else {
        places[key] = sums.count
        sums.append(sample)
      }
    }
    return sums
  }

  // MARK: Series

  /// The cell of a series, made where there is none; nothing over a bound, or where the name is of another kind.
  private func cell(_ label: String, _ dimensions: [(String, String)], of kind: Metric.Kind) -> Cell? {
    let name = Self.name(label)
    let labels = dimensions.map { (name: Self.name($0), value: Self.cut($1)) }
    let key = Key(name: name, labels: labels.flatMap { [$0.name, $0.value] })
    return state.withLock { state in
      if state.metrics[name] == nil, state.metrics.count < seriesLimit {
        state.metrics[name] = Metric(name, kind, by: labels.map(\.name), "Reported by a library.")
      }
      guard let metric = state.metrics[name], metric.kind.isSame(as: kind) else { return state.refuse() }
      if let known = state.cells[key] { return known.cell }
      let names = Set(labels.map(\.name))
      guard state.cells.count < seriesLimit, labels.count <= TelemetryLimits.labelCount, names.count == labels.count,
        !names.contains("le")
      else { return state.refuse() }
      let cell: Cell =
        if case .histogram(let bounds) = metric.kind { .histogram(HistogramCell(bounds: bounds)) } else {
          .number(NumberCell())
        }
      state.cells[key] = (labels, cell)
      return cell
    }
  }

  private func number(_ label: String, _ dimensions: [(String, String)], _ kind: Metric.Kind) -> NumberCell? {
    if case .number(let cell) = cell(label, dimensions, of: kind) { cell } else { nil }
  }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell? {
    if case .histogram(let cell) = cell(label, dimensions, of: .histogram(bounds: Self.bounds)) { cell } else { nil }
  }

  /// A name that Prometheus takes: letters, digits and underscores, and no digit first.
  private static func name(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(TelemetryLimits.labelValueByteCount).map { scalar -> Character in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "_"
    }
    return scalars.first.map { $0.isNumber ? "_" + String(scalars) : String(scalars) } ?? "_"
  }

  private static func cut(_ value: String) -> String {
    guard value.utf8.count > TelemetryLimits.labelValueByteCount else { return value }
    return String(decoding: value.utf8.prefix(TelemetryLimits.labelValueByteCount), as: UTF8.self)
  }
}

// What swift-metrics asks of a backend. A series stays once it is made, as with Prometheus' own clients.
extension MetricRegistry {
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    number(label, dimensions, .counter) ?? NoCell()
  }

  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    number(label, dimensions, .counter) ?? NoCell()
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    number(label, dimensions, .gauge) ?? NoCell()
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    if aggregate { return histogram(label, dimensions) ?? NoCell() }
    return number(label, dimensions, .gauge) ?? NoCell()
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions) ?? NoCell()
  }

  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}
}

extension Metric.Kind {
  /// Of one kind, whatever the bounds.
  fileprivate func isSame(as other: Metric.Kind) -> Bool {
    switch (self, other) {
    case (.counter, .counter), (.gauge, .gauge), (.histogram, .histogram): true
    case (.counter, _), (.gauge, _), (.histogram, _): false
    }
  }
}
