import Checkpoint

/// What the reference computes with the random-weight model (`deploy/golden/tinyfix/README.md`).
public struct TinyGolden: Sendable {
  /// The reference sums in another order; with weights of this size that moves a logit by less than 1e-5. A wrong layer,
  /// epsilon or activation moves it by 1e-3 and more.
  public static let tolerance: Float = 1e-4

  /// `[576, 64]`
  public let features: [Float]
  /// `[576, 128]`
  public let projected: [Float]
  /// `[599, 320]`, after the prompt's 583 positions and the 16 forced tokens.
  public let logits: [Float]
  /// The prompt; 300 stands for the image's 576 rows.
  public let inputIDs: [Int32]
  public let forcedIDs: [Int32]
  public let guardedGreedyIDs: [Int32]

  public init() throws {
    let file = try SafetensorsFile(path: Fixture.path("deploy/golden/tinyfix/full.safetensors"))
    func integers(_ name: String) -> [Int32] {
      let bytes = file[name]!.bytes
      return stride(from: 0, to: bytes.count, by: 4).map { start in
        (0..<4).reduce(0) { $0 | Int32(bytes[start + $1]) << (8 * Int32($1)) }
      }
    }
    func floats(_ name: String) -> [Float] { integers(name).map { Float(bitPattern: UInt32(bitPattern: $0)) } }
    features = floats("features")
    projected = floats("projected")
    logits = floats("logits")
    inputIDs = integers("input_ids")
    forcedIDs = integers("forced_ids")
    guardedGreedyIDs = integers("guarded_greedy_ids")
  }
}

/// The largest difference between elements of the same place; infinite where the counts differ or a value is NaN.
public func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
