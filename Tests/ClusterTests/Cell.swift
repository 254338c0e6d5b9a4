/// What happens to a process.
enum Fault: String, CaseIterable {
  case kill
  /// For five seconds: half of the silence after which a peer is given up.
  case stop
  case terminate
  case fullDisk
  case slowDisk
}

/// To which.
enum Victim: String, CaseIterable {
  case gateway, vision, decoder
  /// A node of the store that gateways share; where it is about disks, the directory in its place.
  case store
}

/// When: where the questions are at that moment.
enum Phase: String, CaseIterable {
  /// In the gateway, since no vision worker has a place for their images.
  case queued
  /// Their images are with a vision worker.
  case encoding
  /// The features have been sent to a decoder that has not read them.
  case featuresInFlight
  /// The decoder has read a part of the prompt.
  case prefill
  /// Their clients have heard the first tokens.
  case midStream
  /// There are none.
  case idle
}

/// One cell of the kill matrix.
struct Cell: Hashable, CustomStringConvertible {
  let fault: Fault
  let victim: Victim
  let phase: Phase

  static let all = Fault.allCases.flatMap { fault in
    Victim.allCases.flatMap { victim in
      Phase.allCases.map { Cell(fault: fault, victim: victim, phase: $0) }
    }
  }

  /// Cells that cannot exist, in any phase, and why.
  private static let impossible: [(fault: Fault, victim: Victim, reason: String)] = [
    (.fullDisk, .gateway, "the directory of features is all that it writes, and that is the store's cell"),
    (.slowDisk, .gateway, "the directory of features is all that it writes, and that is the store's cell"),
    (.fullDisk, .vision, "it writes no files"),
    (.slowDisk, .vision, "it writes no files"),
    (.slowDisk, .decoder, "it writes behind its answers, and a test cannot slow the one disk of a program down"),
  ]

  /// Why there is no such cell, or nothing.
  var impossibility: String? {
    Self.impossible.first { $0.fault == fault && $0.victim == victim }?.reason
  }

  /// Cells of one fault and one process, which one cluster goes through.
  static let rows = Fault.allCases.flatMap { fault in
    Victim.allCases.map { victim in all.filter { $0.fault == fault && $0.victim == victim } }
  }.filter { $0[0].impossibility == nil }

  /// One of each phase, and of each process.
  static let handful = [
    Cell(fault: .terminate, victim: .vision, phase: .queued),
    Cell(fault: .kill, victim: .vision, phase: .encoding),
    Cell(fault: .kill, victim: .decoder, phase: .featuresInFlight),
    Cell(fault: .kill, victim: .store, phase: .prefill),
    Cell(fault: .kill, victim: .gateway, phase: .midStream),
    Cell(fault: .terminate, victim: .decoder, phase: .idle),
  ]

  /// Whether a question may end with an error: only where a process dies at once that alone had what was asked of it, as
  /// a gateway has. Where a decoder is lost another goes on.
  var mayLose: Bool { fault == .kill && victim == .gateway }

  var description: String { "\(fault) \(victim) \(phase)" }
}
