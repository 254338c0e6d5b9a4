/// One line of the report: how long something took, how long it would take at least, and what it is compared with.
struct Figure: Equatable, Sendable, Codable {
  var stage: Stage
  /// Says what was measured, and is the same in every run that measures the same.
  var name: String
  /// Of each repeat, in their order.
  var samples: [Double]
  /// The median of the samples.
  var seconds: Double
  /// What a sample makes: views or tokens.
  var amount: Double?
  var unit: String?
  /// What a sample is at least, added up over its phases.
  var work: Work?
  /// The least time for it, in the median of what the machine could do around each sample.
  var floor: Floor?
  /// Seconds of what this is held against, measured in the same run, and what it is.
  var reference: Double?
  var referenceName: String?
  /// Of `unit` in a second.
  var rate: Double?
  /// Of each sample, how much of the machine's limit around it was reached; 1 is all that it can do.
  var shares: [Double]?
  /// The median of these.
  var share: Double?
  /// Times the reference.
  var ratio: Double?

  init(_ stage: Stage, _ name: String, samples: [Double]) {
    precondition(!samples.isEmpty, "\(name): expected at least one sample")
    self.stage = stage
    self.name = name
    self.samples = samples
    seconds = samples.median
  }

  /// `amount` of `unit` in each sample.
  func making(_ amount: Int, _ unit: String) -> Figure {
    var figure = self
    (figure.amount, figure.unit, figure.rate) = (Double(amount), unit, Double(amount) / seconds)
    return figure
  }

  /// Held against the machine as it was around each sample, by the phases that wait for each other.
  func needing(_ phases: [Work], on limits: [MachineLimits]) -> Figure {
    precondition(limits.count == samples.count, "\(name): expected \(samples.count) limits, found \(limits.count)")
    var figure = self
    figure.work = phases.reduce(Work(), +)
    let floors = limits.map { Floor(of: phases, on: $0) }
    let shares = zip(floors, samples).map { $0.seconds / $1 }
    figure.floor = floors.sorted { $0.seconds < $1.seconds }[floors.count / 2]
    (figure.shares, figure.share) = (shares, shares.median)
    return figure
  }

  func against(_ samples: [Double], _ name: String) -> Figure {
    var figure = self
    (figure.reference, figure.referenceName, figure.ratio) = (samples.median, name, seconds / samples.median)
    return figure
  }
}
