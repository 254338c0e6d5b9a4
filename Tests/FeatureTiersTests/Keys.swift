import FeatureTiers

/// Key number `index` under contract number `contract`.
func key(_ index: Int, contract: Int = 0) -> TierKey {
  func bytes(_ number: Int) -> [UInt8] {
    (0..<TierKey.digestByteCount).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4)) &+ ($0 / 4)) }
  }
  return TierKey(bytes: bytes(index), contract: bytes(contract))
}
