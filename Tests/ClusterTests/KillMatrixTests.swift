import Concurrency
import Foundation
import Testing

/// Every fault, in every process, in every phase of a question.
@Suite(.serialized) struct KillMatrixTests {
  /// The whole matrix takes minutes, and is gone through where this is in the environment: by `make test-cluster`.
  static let isWhole = ProcessInfo.processInfo.environment["LLAVA_TEST_CLUSTER"] != nil

  @Test func everyCellIsGoneThroughOrSaysWhyItCannotExist() {
    let cells = Cell.rows.flatMap(\.self)
    let impossible = Cell.all.filter { $0.impossibility?.isEmpty == false }
    #expect(Set(cells).count == cells.count && Set(cells).isDisjoint(with: impossible))
    #expect(Set(cells).union(impossible) == Set(Cell.all))
    #expect(Cell.all.count == Fault.allCases.count * Victim.allCases.count * Phase.allCases.count)
    #expect(Set(Cell.handful).isSubset(of: cells) && Set(Cell.handful.map(\.phase)) == Set(Phase.allCases))
  }

  @Test(.timeLimit(.minutes(10))) func aHandfulOfCellsHoldsInOneCluster() async throws {
    #expect(try await Self.passed(Cell.handful, seed: 1) == Cell.handful)
  }

  @Test(.enabled(if: isWhole)) func theWholeMatrixHolds() async throws {
    var passed: Set<Cell> = []
    for (index, row) in Cell.rows.enumerated() {
      do {
        passed.formUnion(try await Self.passed(row, seed: 100 + index))
      } catch {
        Issue.record("\(row[0].fault) \(row[0].victim): \(error)")
      }
    }
    let impossible = Set(Cell.all.filter { $0.impossibility != nil })
    let missing = Set(Cell.all).subtracting(passed).subtracting(impossible)
    #expect(missing.isEmpty, "not gone through, or failed: \(missing)")
    print("kill matrix: \(passed.count) of \(Cell.all.count) cells hold, \(impossible.count) cannot exist")
  }

  /// Those of `cells` that hold, gone through one after another in one cluster. One that does not is an issue, and ends
  /// it: what comes after would be about something else.
  private static func passed(_ cells: [Cell], seed: Int) async throws -> [Cell] {
    let passed = Lock<[Cell]>([])
    try await Site.with(seed: seed, onDisks: cells.contains { $0.fault == .fullDisk }) { site, client in
      for cell in cells {
        do {
          let report = try await Trial(cell, at: site, by: client).run()
          print("\(cell): \(report)")
          passed.withLock { $0.append(cell) }
        } catch {
          Issue.record("seed \(seed), \(cell): \(error)")
          return
        }
      }
    }
    return passed.withLock { $0 }
  }
}
