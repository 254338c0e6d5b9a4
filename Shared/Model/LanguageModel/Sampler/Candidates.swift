import Glibc

/// A token that may be drawn, and its weight: a logit first, a probability later.
struct Candidate: Equatable, Sendable {
  let id: Int32
  var weight: Double

  /// The order of "most probable": by weight, equal ones by id.
  func precedes(_ other: Candidate) -> Bool {
    weight > other.weight || weight == other.weight && id < other.id
  }
}

/// The tokens that a draw still chooses among.
///
/// Weights are in double precision: no finite logit overflows, whatever the temperature.
struct Candidates: Equatable, Sendable {
  private(set) var list: [Candidate]

  /// One for each logit that is not masked out.
  init(logits: [Float]) {
    list = []
    list.reserveCapacity(logits.count)
    for (id, logit) in logits.enumerated() where logit > -.infinity {
      list.append(Candidate(id: Int32(id), weight: Double(logit)))
    }
  }

  /// The `count` that come first in the order of "most probable", in that order.
  ///
  /// A few are kept in order while all others pass by; of many, sorting them all is faster.
  func first(_ count: Int) -> [Candidate] {
    guard count < min(list.count, 1024) else {
      return Array(list.sorted { $0.precedes($1) }.prefix(count))
    }
    var first: [Candidate] = []
    for candidate in list {
      if first.count == count {
        guard count > 0, candidate.precedes(first[count - 1]) else { continue }
        first.removeLast()
      }
      var place = first.count
      while place > 0, candidate.precedes(first[place - 1]) { place -= 1 }
      first.insert(candidate, at: place)
    }
    return first
  }

  mutating func divide(by temperature: Float) {
    for place in list.indices { list[place].weight /= Double(temperature) }
  }

  mutating func keep(first count: Int) { list = first(count) }

  /// Turns logits into probabilities.
  mutating func normalize() {
    let largest = list.reduce(-Double.infinity) { max($0, $1.weight) }
    for place in list.indices { list[place].weight = exp(list[place].weight - largest) }
    let total = list.reduce(0) { $0 + $1.weight }
    for place in list.indices { list[place].weight /= total }
  }

  /// Keeps the fewest of the most probable whose probabilities reach `mass`.
  mutating func keep(mass: Float) {
    // Those below this bound sum to less than what may be left out, so none of them is kept: few are left to sort.
    let bound = (1 - Double(mass)) / Double(list.count)
    let sorted = list.filter { $0.weight >= bound }.sorted { $0.precedes($1) }
    var sum = 0.0
    let last = sorted.firstIndex { candidate in
      sum += candidate.weight
      return sum >= Double(mass)
    }
    list = Array(sorted.prefix((last ?? sorted.count - 1) + 1))
  }

  /// Keeps those at least `fraction` as probable as the most probable one.
  mutating func keep(atLeast fraction: Float) {
    let bound = Double(fraction) * list.reduce(0) { max($0, $1.weight) }
    list.removeAll { $0.weight < bound }
  }

  /// The candidate at `unit`, in `0..<1`, of the way through the probabilities laid end to end.
  func draw(at unit: Double) -> Int32 {
    let target = unit * list.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    for candidate in list {
      sum += candidate.weight
      if sum > target { return candidate.id }
    }
    return list.last { $0.weight > 0 }!.id  // rounding may leave the sum a hair short of the target
  }
}
