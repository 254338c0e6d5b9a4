/// What the simulated model computes: each row's state is made of the state before it and of what the row is, and the
/// next token of all states so far. So a token tells whether every row before it was the right one, in its place.
struct Chain {
  private(set) var states: [UInt64] = []

  mutating func append(_ code: UInt64) { states.append(Self.state(after: states.last ?? Self.beginning, code)) }

  /// Before the first row.
  static let beginning: UInt64 = 0x243f_6a88_85a3_08d3

  static func state(after last: UInt64, _ code: UInt64) -> UInt64 { mixed(last ^ mixed(code)) }

  static func code(ofToken id: Int32) -> UInt64 { UInt64(UInt32(bitPattern: id)) << 1 }

  /// Of a row of features, by its bytes: 48 bits, so that two numbers of 24 bits carry it exactly as floats.
  static func code(ofFeatures row: some Swift.Sequence<UInt8>) -> UInt64 {
    mixed(row.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }) >> 16 | 1
  }

  /// What all states come to, one after the other.
  static func digest(_ states: some Swift.Sequence<UInt64>) -> UInt64 { states.reduce(0) { mixed($0 ^ $1) } }

  /// Which of `count` tokens comes next, or nothing where the answer ends.
  static func choice(after digest: UInt64, among count: Int) -> Int? {
    digest % 9 == 0 ? nil : Int(digest >> 8 % UInt64(count))
  }

  /// SplitMix64's finalizer.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
