/// What happens to bytes on their way.
struct WireFault: CustomStringConvertible, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    /// The rest does not come, and the connection ends.
    case truncate
    /// One bit is another.
    case flip
    /// The rest comes late.
    case delay
    /// A piece comes twice.
    case duplicate
    /// One direction ends, the other goes on.
    case halfOpen
    /// The rest does not come, and nothing says so.
    case stall
  }

  enum Direction: String, CaseIterable, Sendable { case toServer, toClient }

  let kind: Kind
  let direction: Direction
  /// The first byte that it strikes, counted from when it is armed.
  let position: Int

  var description: String { "\(kind) \(direction) at byte \(position)" }

  /// What becomes of the bytes that were read together.
  struct Passage: Equatable {
    enum After: Equatable { case goOn, endBoth, endThisWay, hold }

    /// Sent at once.
    var first: [UInt8]
    /// Sent after a rest.
    var late: [UInt8] = []
    var after = After.goOn
  }

  /// `bytes` of which the one at `offset` is the first that it strikes; `bit` says which bit of it.
  func passage(of bytes: [UInt8], at offset: Int, bit: Int) -> Passage {
    let before = Array(bytes[..<offset])
    switch kind {
    case .truncate: return Passage(first: before, after: .endBoth)
    case .flip:
      var bytes = bytes
      bytes[offset] ^= 1 << UInt8(bit)
      return Passage(first: bytes)
    case .delay: return Passage(first: before, late: Array(bytes[offset...]))
    case .duplicate: return Passage(first: bytes + bytes[offset...])
    case .halfOpen: return Passage(first: before, after: .endThisWay)
    case .stall: return Passage(first: before, after: .hold)
    }
  }
}
