/// A random number that is a function of (seed, index) alone: no state to keep, to order or to lose.
///
/// It is output `index` of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators"),
/// started at the seed's own hash: started at the seed itself, seeds that differ by the generator's increment would give
/// the same numbers, one place apart.
struct CounterGenerator: Sendable {
  private let origin: UInt64

  /// 2^64 divided by the golden ratio, made odd: the increment of SplitMix64.
  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  init(seed: UInt64) { origin = Self.mix(seed &+ Self.increment) }

  func bits(at index: Int) -> UInt64 {
    Self.mix(origin &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* Self.increment)
  }

  /// Uniform in `0..<1`, in steps of 2^-53.
  func unit(at index: Int) -> Double { Double(bits(at: index) >> 11) * 0x1p-53 }

  private static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
