import Launch

extension BenchReport {
  /// For people.
  var text: String {
    header + "\n" + table.text + memoryLine
  }

  private var header: String {
    let limits = machine.limits
    func rate(_ name: String, _ perSecond: Double?, _ unit: String) -> String {
      perSecond.map { "\(name) \((2 * $0 / 1e12).significant(3)) \(unit)" }
        ?? "\(name) not in this CPU (\(machine.instructionSet))"
    }
    let geometry = model.geometry.map { "random weights of \($0)" } ?? model.name
    let stored = model.stored.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    return """
      \(machine.processor), \(machine.threads) thread\(machine.threads == 1 ? "" : "s") on \(machine.cores) \
      core\(machine.cores == 1 ? "" : "s"), \(machine.instructionSet), OpenBLAS for \(machine.matrixLibrary)
      limits  read \((limits.readBandwidth / 1e9).significant(3)) GB/s; \(rate("fp32", limits.fp32, "TFLOP/s")); \
      \(rate("bf16", limits.bf16, "TFLOP/s")); \(rate("int8", limits.int8, "TOP/s"))
      model   \(geometry), stored as \(stored.joined(separator: ", ")), served as \(model.weights)\
      \(model.towerWeights == model.weights ? "" : ", the tower as \(model.towerWeights)"); \
      medians of \(workload.repeats)

      """
  }

  private var table: Table {
    var table = Table(["MEASURED", "TIME", "RATE", "FLOOR", "SHARE", "BOUND BY", ""], alignedRight: [1, 2, 3, 4])
    for figure in figures { table.add(figure.cells) }
    return table
  }

  private var memoryLine: String {
    guard let memory else { return "\nmemory  not measured: the system does not say\n" }
    func bytes(_ count: Int) -> String { "\(ByteCount(bytes: count))" }
    return
      "\nmemory  peak \(bytes(memory.peak)), \(memory.ratio.significant(3)) times weights of \(bytes(memory.weights)) "
      + "and KV of \(bytes(memory.kv))"
      + (memory.isOfModelAlone ? "\n" : "; the buffer that the limits are measured with is counted, too\n")
  }
}

extension Figure {
  fileprivate var cells: [String] {
    [
      name, Self.time(seconds), rate.map { "\(Self.short($0)) \(unit ?? "")/s" } ?? "",
      floor.map { Self.time($0.seconds) } ?? "", share.map { "\(($0 * 100).significant(3)) %" } ?? "",
      floor?.bound.rawValue ?? "",
      ratio.map { "\($0.significant(3)) times \(referenceName ?? "") (\(Self.time(reference ?? 0)))" } ?? "",
    ]
  }

  /// Three digits, and no power of ten.
  static func short(_ number: Double) -> String { number < 1000 ? number.significant(3) : "\(Int(number.rounded()))" }

  static func time(_ seconds: Double) -> String { Duration.nanoseconds(Int64(seconds * 1e9)).rounded }
}
