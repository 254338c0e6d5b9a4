/// A step's room for drafted tokens, dealt out: everybody's first before anybody's second, because a drafted token holds
/// only where all before it do, and so each further one is worth less.
struct DraftShares: Equatable, Sendable {
  private(set) var tokenCounts: [Int]

  /// Deals `room` tokens among sequences that want so many each.
  init(of room: Int, wanted: [Int]) {
    tokenCounts = wanted.map { _ in 0 }
    var room = room
    while room > 0 {
      let takers = wanted.indices.filter { wanted[$0] > tokenCounts[$0] }.prefix(room)
      guard !takers.isEmpty else { return }
      for taker in takers { tokenCounts[taker] += 1 }
      room -= takers.count
    }
  }
}
