/// A run held against an earlier one: by the names of the figures.
struct Comparison: Equatable, Sendable, Encodable {
  struct Line: Equatable, Sendable, Encodable {
    var name: String
    /// Seconds, or bytes of memory; nothing where a run has not measured it.
    var before: Double?
    var now: Double?
    /// How many times as fast, or as small, it is now.
    var ratio: Double?

    init(_ name: String, before: Double?, now: Double?) {
      self.name = name
      self.before = before
      self.now = now
      if let before, let now, now > 0 { ratio = before / now }
    }
  }

  /// What of the machine, the model or the workload is another one: then ratios are not of the program alone.
  var differences: [String]
  var lines: [Line]
  var memory: Line?

  init(of now: BenchReport, with before: BenchReport) {
    let earlier = Dictionary(before.figures.map { ($0.name, $0.seconds) }, uniquingKeysWith: { first, _ in first })
    let names = Set(now.figures.map(\.name))
    lines =
      now.figures.map { Line($0.name, before: earlier[$0.name], now: $0.seconds) }
      + before.figures.filter { !names.contains($0.name) }.map { Line($0.name, before: $0.seconds, now: nil) }
    if now.memory != nil || before.memory != nil {
      memory = Line(
        "peak memory", before: before.memory.map { Double($0.peak) }, now: now.memory.map { Double($0.peak) })
    }
    func difference(_ what: String, _ before: String, _ now: String) -> String? {
      before == now ? nil : "\(what): \(before) before, \(now) now"
    }
    differences = [
      difference("processor", before.machine.processor, now.machine.processor),
      difference("threads", "\(before.machine.threads)", "\(now.machine.threads)"),
      difference("instruction set", before.machine.instructionSet, now.machine.instructionSet),
      difference("model", before.model.name, now.model.name),
      difference("weights", before.model.weights, now.model.weights),
      difference("weights of the tower", before.model.towerWeights, now.model.towerWeights),
    ].compactMap { $0 }
  }

  /// For people.
  var text: String {
    var table = Table(["COMPARED", "BEFORE", "NOW", "TIMES AS FAST"], alignedRight: [1, 2, 3])
    for line in lines {
      table.add([
        line.name, line.before.map(Figure.time) ?? "-", line.now.map(Figure.time) ?? "-",
        line.ratio.map { $0.significant(3) } ?? "-",
      ])
    }
    let memory = memory?.ratio.map { "peak memory \((1 / $0).significant(3)) times what it was\n" } ?? ""
    return table.text + memory + differences.map { "another \($0)\n" }.joined()
  }
}
