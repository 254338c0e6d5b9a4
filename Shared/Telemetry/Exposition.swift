/// A metric and all of its series, at one moment.
struct Family {
  enum Reading {
    case number(Double)
    /// `counts` has one more than the metric has bounds.
    case histogram(counts: [Int], sum: Double)
  }

  struct Series {
    var labels: [(name: String, value: String)]
    var reading: Reading
  }

  let metric: Metric
  var series: [Series] = []
}

/// Prometheus' text format, version 0.0.4.
///
/// Families are written in the order of their names, series in that of their labels, so that two scrapes can be compared.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
struct Exposition {
  private(set) var text = ""

  init(_ families: [Family]) {
    for family in families.sorted(by: { $0.metric.name < $1.metric.name }) where !family.series.isEmpty {
      write(family)
    }
  }

  private mutating func write(_ family: Family) {
    let metric = family.metric
    let kind =
      switch metric.kind {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    text += "# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n# TYPE \(metric.name) \(kind)\n"
    let series = family.series.map { ($0, Self.labels($0.labels)) }.sorted { $0.1 < $1.1 }
    for (one, labels) in series {
      switch one.reading {
      case .number(let value): line(metric.name, labels, Self.number(value))
      case .histogram(let counts, let sum): write(metric, one.labels, counts, sum)
      }
    }
  }

  /// Each bucket counts those before it as well, and the last one all.
  private mutating func write(
    _ metric: Metric, _ labels: [(name: String, value: String)], _ counts: [Int], _ sum: Double
  ) {
    guard case .histogram(let bounds) = metric.kind else { return }
    var count = 0
    for (bound, own) in zip(bounds + [.infinity], counts) {
      count += own
      line(metric.name + "_bucket", Self.labels(labels + [("le", Self.number(bound))]), "\(count)")
    }
    line(metric.name + "_sum", Self.labels(labels), Self.number(sum))
    line(metric.name + "_count", Self.labels(labels), "\(count)")
  }

  private mutating func line(_ name: String, _ labels: String, _ value: String) {
    text += "\(name)\(labels) \(value)\n"
  }

  private static func labels(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// As Go reads numbers: whole ones without a point.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
    return "\(value)"
  }
}
