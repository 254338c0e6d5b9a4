import Concurrency
import Numerics

/// Whether every instruction set of this CPU computes what the reference computes: the same bits where that is promised,
/// and elsewhere as near as another order of sums allows.
struct KernelChecks: Sendable {
  let compute: Compute
  let thread: any ComputeThread

  /// Twins sum in another order and take `exp` from another series: a few units in the last place, whose squares are below
  /// 1e-13. A wrong element in ten thousand is above 1e-5.
  private static let bound = 1e-12
  private static let advice =
    "do not trust answers on this machine: the build is broken, or the processor or its memory is; build again, then test "
    + "the memory"

  var checks: [Check] {
    [chosen]
      + InstructionSet.allCases.filter { $0 != .reference && $0.isAvailable }.map { set in
        Check(.kernels, "\(set) against the reference", advice: Self.advice, on: thread) { outcome(of: set) }
      }
  }

  private var chosen: Check {
    let set = compute.instructionSet
    guard set == .reference else { return Check(.kernels, "instruction set", .passed("\(set)")) }
    return Check(
      .kernels, "instruction set",
      .warning(
        "none that there are fast kernels for: answers take ten times as long",
        advice: "use a processor with AVX2, or with AVX-512"))
  }

  private func outcome(of set: InstructionSet) -> Outcome {
    Self.outcome(
      of: KernelGrid(Compute(threads: 1, instructionSet: set)),
      against: KernelGrid(Compute(threads: 1, instructionSet: .reference)))
  }

  static func outcome(of twin: KernelGrid, against reference: KernelGrid) -> Outcome {
    let wrong = zip(twin.exact, reference.exact).filter { !sameBits($0.1, $1.1) }.map { $0.0.0 }
    guard wrong.isEmpty else { return .failed("other bits for \(wrong.joined(separator: ", "))", advice: advice) }
    let far = zip(twin.near, reference.near).filter { !(error(of: $0.1, $1.1) < bound) }.map { $0.0.0 }
    guard far.isEmpty else { return .failed("other values for \(far.joined(separator: ", "))", advice: advice) }
    return .passed("\(twin.exact.count) products and conversions bit for bit, \(twin.near.count) functions to rounding")
  }

  /// A NaN is a NaN, whatever its lower bits.
  private static func sameBits(_ left: [Float], _ right: [Float]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
  }

  /// Mean squared error over mean square.
  private static func error(of found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let squares = zip(found, expected).reduce((0.0, 0.0)) { sums, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return (sums.0 + difference * difference, sums.1 + Double(pair.1) * Double(pair.1))
    }
    return squares.0 / squares.1
  }
}

/// The operations of one instruction set over a few sizes around the widths of vectors, on the same numbers every time.
struct KernelGrid {
  var exact: [(String, [Float])] = []
  var near: [(String, [Float])] = []

  init(_ compute: Compute) {
    for type in WeightType.allCases {
      for depth in type.isPlain ? [1, 15, 33, 577] : [512] {
        let bytes = Self.bytes(type.byteCount(of: 7 * depth))
        let weights = WeightMatrix(copying: bytes, rows: 7, columns: depth, type: type)
        let x = Tensor(Self.floats(3 * depth), rows: 3, columns: depth, on: compute)
        exact.append(("\(type.rawValue) product of \(depth)", Linear(weights)(x).values))
        exact.append(("\(type.rawValue) widening", weights.gathering(rows: [0, 6, 3], on: compute).values))
      }
    }
    for count in [17, 577] {
      let values = Self.floats(count)
      let x = Tensor(values, rows: 1, columns: count, on: compute)
      for type in [ElementType.f16, .bf16] {
        exact.append(("\(type) rounding", type.decoded(x.encoded(as: type).span.bytes)))
      }
      near.append(("RMS norm", RMSNorm(weight: values, epsilon: 1e-5)(x).values))
      near.append(("layer norm", LayerNorm(weight: values, bias: values, epsilon: 1e-5)(x).values))
      for activation in Activation.allCases { near.append(("\(activation)", activation(x).values)) }
    }
    // More rows than a tile has; nibbles are unpacked first for the most of these.
    for rows in [1, 13, 40] {
      let (outputs, depth) = (37, 96)
      let x = Tensor(Self.floats(rows * depth), rows: rows, columns: depth, on: compute)
      let bytes = WeightType.f32.encoded(Self.floats(outputs * depth))
      let weights = WeightMatrix(copying: bytes, rows: outputs, columns: depth, type: .f32)
      for packing in Packing.allCases {
        let product = Linear(PackedMatrix(weights, as: packing, on: compute))(x).values
        let named = ("\(packing) packed product of \(rows) rows", product)
        // Pairs of bf16 are rounded as each level rounds them; sums of whole numbers are exact.
        if packing == .bf16 { near.append(named) } else { exact.append(named) }
      }
    }
  }

  private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(hash($0) >> 24) } }

  /// From -4 to 4.
  private static func floats(_ count: Int) -> [Float] {
    (0..<count).map { Float(hash($0) >> 8) / Float(1 << 24) * 8 - 4 }
  }

  /// Spreads the index over all bits (the finalizer of MurmurHash3, `fmix32`).
  private static func hash(_ index: Int) -> UInt32 {
    var x = UInt32(truncatingIfNeeded: index &* 2_654_435_761 &+ 1)
    x = (x ^ x >> 16) &* 0x85eb_ca6b
    x = (x ^ x >> 13) &* 0xc2b2_ae35
    return x ^ x >> 16
  }
}
