/// Something that is measured: its name, and all that a scrape says of it besides its numbers.
public struct Metric: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Only ever grows; its name ends in `_total`.
    case counter
    case gauge
    /// Counts values by size. `bounds` are the upper ends of its buckets, ascending; what is larger counts as well.
    case histogram(bounds: [Double])
  }

  public let name: String
  public let kind: Kind
  /// One sentence, for whoever reads the scrape.
  public let help: String
  /// The labels that tell its series apart.
  public let labels: [String]

  public init(_ name: String, _ kind: Kind, by labels: [String] = [], _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }

  /// One series of it, now; `values` are those of its labels, in their order.
  public func sample(_ value: Double, _ values: String...) -> Sample { Sample(self, value, values) }

  public func sample(_ value: Int, _ values: String...) -> Sample { Sample(self, Double(value), values) }
}

/// One number of a scrape.
public struct Sample: Equatable, Sendable {
  public let metric: Metric
  public let value: Double
  /// In the order of the metric's labels.
  public let labelValues: [String]

  public init(_ metric: Metric, _ value: Double, _ labelValues: [String]) {
    precondition(
      labelValues.count == metric.labels.count,
      "\(metric.name) has \(metric.labels.count) labels, found \(labelValues.count) values")
    self.metric = metric
    self.value = value
    self.labelValues = labelValues
  }
}
