import Contracts

/// Whether nothing was lost, and nothing was counted twice, in every process that a gateway knows.
///
///     received = accepted + refused
///     accepted = completed + failed + cancelled + in progress
struct Audit {
  /// What one process says, and what is wrong with it.
  struct Entry: Equatable {
    var process: String
    /// By the names of `names`; nothing where it did not answer.
    var counts: [Int]?
    /// The sum that is off; empty where none is.
    var fault: String
  }

  static let names = ["received", "accepted", "refused", "completed", "failed", "cancelled", "in_progress"]

  let entries: [Entry]

  init(_ status: StatusReply) {
    entries = status.processes.map { name, gauges in
      let numbers = Self.names.compactMap { name in gauges.first { $0.name == name }?.value }
      guard numbers.count == Self.names.count else { return Entry(process: name, counts: nil, fault: "") }
      return Entry(process: name, counts: numbers, fault: Self.fault(of: numbers))
    }
  }

  /// Whether every ledger that could be read adds up.
  var isBalanced: Bool { entries.allSatisfy(\.fault.isEmpty) }

  /// Processes whose ledgers could not be read.
  var silent: [String] { entries.filter { $0.counts == nil }.map(\.process) }

  private static func fault(of counts: [Int]) -> String {
    let (received, accepted, refused, ended, inProgress) = (
      counts[0], counts[1], counts[2], counts[3] + counts[4] + counts[5], counts[6]
    )
    if received != accepted + refused { return "received is not accepted + refused = \(accepted + refused)" }
    if accepted != ended + inProgress {
      return "accepted is not completed + failed + cancelled + in progress = \(ended + inProgress)"
    }
    return counts.contains { $0 < 0 } ? "a count is below 0" : ""
  }

  /// For people.
  var text: String {
    var table = Table(
      ["PROCESS"] + Self.names.map { $0.uppercased().replacing("_", with: " ") } + ["ADDS UP"],
      alignedRight: Set(1...Self.names.count))
    for entry in entries {
      let counts = entry.counts?.map(String.init) ?? Self.names.map { _ in "-" }
      table.add(
        [entry.process] + counts + [entry.counts == nil ? "no answer" : entry.fault.isEmpty ? "yes" : entry.fault])
    }
    return table.text
  }
}
