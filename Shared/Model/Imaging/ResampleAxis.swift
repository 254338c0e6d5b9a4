import CImageCodecs

/// The coefficients of one axis of a resize, exactly Pillow's for 8-bit bicubic (`precompute_coeffs` and
/// `normalize_coeffs_8bpc` in `Resample.c`).
///
/// The axis that is resized is `canvas`, in pixels of a source of which only `0..<source` exists. What lies outside is
/// padding of one colour, and so enters each output as one sum of coefficients: the padding need not be in memory.
struct ResampleAxis {
  /// For each output of the window, in order. Both ends of the ranges they cover never go back.
  let taps: [llava_taps]
  /// What `llava_taps.start` points into; in units of 1 / 2^22.
  let coefficients: [Int32]

  /// `canvas` becomes `scaled` outputs, of which those in `window` are computed.
  init(canvas: Range<Int>, source: Int, scaled: Int, window: Range<Int>) {
    // A pixel's coefficient 2^22 gives the pixel back: an axis that keeps its size is copied, as in Pillow.
    let isCopied = canvas.count == scaled
    var taps: [llava_taps] = []
    var coefficients: [Int32] = []
    taps.reserveCapacity(window.count)
    for output in window {
      let (first, weights) =
        isCopied ? (output, [Int32(1) << fractionBits]) : Self.weights(of: output, canvas.count, scaled)
      // The inputs in pixels of the source, and of those the ones that exist.
      let covered = (first + canvas.lowerBound)..<(first + canvas.lowerBound + weights.count)
      let inside = covered.clamped(to: 0..<source)
      let padded = weights.indices.filter { !inside.contains(covered.lowerBound + $0) }
      taps.append(
        llava_taps(
          first: Int32(inside.lowerBound), count: Int32(inside.count), start: Int32(coefficients.count),
          outside: padded.reduce(0) { $0 + weights[$1] }))
      coefficients += weights.indices.filter { inside.contains(covered.lowerBound + $0) }.map { weights[$0] }
    }
    self.taps = taps
    self.coefficients = coefficients
  }

  /// The first input of an output and the coefficients from there on, in fixed point.
  ///
  /// Each operation and its order are Pillow's; another order could round a coefficient the other way.
  private static func weights(of output: Int, _ inputCount: Int, _ outputCount: Int) -> (first: Int, [Int32]) {
    let scale = Double(inputCount) / Double(outputCount)
    let filterScale = max(scale, 1)
    let support = 2 * filterScale
    let center = (Double(output) + 0.5) * scale
    let first = max(0, Int(center - support + 0.5))
    let end = min(inputCount, Int(center + support + 0.5))
    let weights = (first..<end).map { bicubic((Double($0) - center + 0.5) * (1 / filterScale)) }
    let sum = weights.reduce(0, +)
    let one = Double(1 << fractionBits)
    return (
      first,
      weights.map { weight in
        let share = sum == 0 ? weight : weight / sum
        return Int32(share < 0 ? share * one - 0.5 : share * one + 0.5)
      }
    )
  }

  /// Keys' cubic kernel with a = -0.5.
  private static func bicubic(_ distance: Double) -> Double {
    let t = abs(distance)
    if t < 1 { return (1.5 * t - 2.5) * t * t + 1 }
    if t < 2 { return (((t - 5) * t + 8) * t - 4) * -0.5 }
    return 0
  }
}

private let fractionBits = Int(LLAVA_COEFFICIENT_BITS)
