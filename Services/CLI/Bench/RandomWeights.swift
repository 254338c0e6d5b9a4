import Numerics

/// Numbers that look random in every stored type: a stretch of them is made once for each type, and tensors take theirs
/// from places in it that drift, so that no two matrices repeat each other.
struct RandomWeights {
  /// Numbers of a stretch: more than any cache of a core has room for, whatever the type.
  private static let count = 1 << 20
  /// As large as trained matrices of these sizes have them: activations stay where they are in a real model.
  private static let extent: Float = 0.035

  private let seed: UInt64
  private var stretches: [WeightType: [UInt8]] = [:]
  /// In blocks, from the start of a stretch.
  private var place = 0

  init(seed: UInt64) { self.seed = seed }

  /// The next `count` bytes at most, whole blocks of `type`.
  mutating func piece(of type: WeightType, byteCount: Int) -> [UInt8] {
    let bytes = stretch(of: type)
    let blocks = bytes.count / type.blockByteCount
    let start = place % blocks * type.blockByteCount
    let count = min(byteCount, bytes.count - start) / type.blockByteCount * type.blockByteCount
    // An odd step beyond what was taken.
    place += count / type.blockByteCount + 7919
    return Array(bytes[start..<start + count])
  }

  private mutating func stretch(of type: WeightType) -> [UInt8] {
    if let made = stretches[type] { return made }
    var state = seed
    let values = (0..<Self.count).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) * 0x1p-23 - 1) * Self.extent
    }
    let made = type.encoded(values)
    stretches[type] = made
    return made
  }
}
