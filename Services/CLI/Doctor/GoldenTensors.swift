import Checkpoint
import Launch

/// What the reference computes with the random-weight model, for one picture and one prompt.
struct GoldenTensors: Sendable {
  private let file: SafetensorsFile

  init(_ golden: GoldenSet) throws(CheckpointError) {
    file = try SafetensorsFile(path: "\(golden.tiny.model)/full.safetensors")
  }

  /// `features` `[576, 64]`, `projected` `[576, 128]`, `logits` `[599, 320]`: row by row.
  func floats(_ name: String) throws(LaunchError) -> [Float] {
    try words(of: name, type: "F32").map { Float(bitPattern: $0) }
  }

  /// `input_ids`, of which 300 stands for the picture's 576 rows; `forced_ids`, which follow; `guarded_greedy_ids`, the best
  /// tokens below 300 after the prompt, none of them among the last eight.
  func integers(_ name: String) throws(LaunchError) -> [Int32] {
    try words(of: name, type: "I32").map { Int32(bitPattern: $0) }
  }

  private func words(of name: String, type: String) throws(LaunchError) -> [UInt32] {
    guard let tensor = file[name], tensor.type == type else {
      throw LaunchError(
        .file, "\(file.path): \(name): expected a tensor of \(type), found \(file[name]?.type ?? "none")")
    }
    let bytes = tensor.bytes
    return stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
  }
}

/// How near computed numbers are to the reference's.
struct Agreement: Sendable {
  /// The reference sums in another order, which moves a value of the random-weight model by less than 1e-5; a wrong layer,
  /// epsilon or activation moves it by 1e-3 and more.
  static let tolerance: Float = 1e-4

  let cosine: Double
  /// Infinite where the counts differ or a value is not a number.
  let largestDifference: Float

  init(_ found: [Float], _ expected: [Float]) {
    guard found.count == expected.count, !found.isEmpty else {
      (cosine, largestDifference) = (0, .infinity)
      return
    }
    var (product, left, right, largest) = (0.0, 0.0, 0.0, Float(0))
    for (found, expected) in zip(found, expected) {
      product += Double(found) * Double(expected)
      left += Double(found) * Double(found)
      right += Double(expected) * Double(expected)
      let difference = abs(found - expected)
      largest = difference.isNaN ? .infinity : max(largest, difference)
    }
    cosine = product / (left * right).squareRoot()
    largestDifference = largest
  }

  func outcome(of what: String) -> Outcome {
    let found =
      "\(what): cosine \(cosine.significant(9)), largest difference \(Double(largestDifference).significant(2))"
    guard largestDifference <= Self.tolerance else {
      return .failed("\(found), expected at most \(Double(Self.tolerance).significant(2))", advice: GoldenSet.advice)
    }
    return .passed(found)
  }
}
