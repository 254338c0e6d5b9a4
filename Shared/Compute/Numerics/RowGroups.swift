import CKernels

/// The rows of a batch in groups whose attention is computed together, because their sequences begin with the same
/// blocks: rows of one prompt, or streams that share a prefix. Each block is then read once for a group.
///
/// Results do not depend on the grouping.
public struct RowGroups: Sendable {
  struct Group: Sendable {
    var rows: [Int]
    /// Blocks that the tables of all rows begin with.
    var sharedBlockCount: Int
  }

  let groups: [Group]

  /// - Parameter queriesPerRow: how many queries of a row meet the same keys.
  public init(_ placement: RowPlacement, queriesPerRow: Int) {
    let height = max(1, Int(LLAVA_ATTEND_ROWS) / queriesPerRow)
    var groups: [Group] = []
    // Sequences that begin alike come to stand beside each other.
    let order = placement.tables.indices.sorted { placement.table($0).lexicographicallyPrecedes(placement.table($1)) }
    var first = 0
    for (rank, sequence) in order.enumerated() {
      let table = placement.table(sequence)
      let shared = rank == 0 ? 0 : zip(placement.table(order[first]), table).prefix { $0 == $1 }.count
      // A group that would lose more than half of what its rows share is better left as it is.
      var isNew = groups.isEmpty || 2 * shared < groups[groups.count - 1].sharedBlockCount || shared == 0
      for row in placement.rows(of: sequence) {
        if isNew || groups[groups.count - 1].rows.count == height {
          groups.append(Group(rows: [], sharedBlockCount: table.count))
          first = rank
        } else if first != rank {
          groups[groups.count - 1].sharedBlockCount = min(groups[groups.count - 1].sharedBlockCount, shared)
        }
        isNew = false
        groups[groups.count - 1].rows.append(row)
      }
    }
    self.groups = groups
  }
}
