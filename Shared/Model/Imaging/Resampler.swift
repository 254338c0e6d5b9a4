import CImageCodecs
import TilePlan

/// Pillow's `resize` with `BICUBIC` for 8-bit RGB, bit for bit: horizontally first and rounded to 8 bits, then
/// vertically (the rule of Pillow up to 12.1; from 12.2 on some tall pictures go the other way round).
///
/// The source goes by row by row: each row is resampled once and added to the outputs it belongs to. Sums of integers
/// do not depend on their order, so this gives what two whole passes give, in the memory of one view.
enum Resampler {
  /// What `view` shows of `image`, `[window.height, window.width, 3]`; `fill` is the colour of the padding.
  static func pixels(of view: TilePlan.View, from image: RGBImage, fill: [UInt8]) -> [UInt8] {
    let horizontal = ResampleAxis(
      canvas: view.canvas.columns, source: image.size.width, scaled: view.scaled.width, window: view.window.columns)
    let vertical = ResampleAxis(
      canvas: view.canvas.rows, source: image.size.height, scaled: view.scaled.height, window: view.window.rows)
    let lineCount = view.window.size.width * 3
    var sums = sumsOfPadding(vertical, line: paddingLine(horizontal, fill: fill))
    var line = [UInt8](repeating: 0, count: lineCount)

    var open = 0..<0  // the outputs that the current row can belong to
    let rows = (vertical.taps.first?.firstRow ?? 0)..<(vertical.taps.last?.endRow ?? 0)
    for row in rows {
      llava_resample_row(
        &line, image.pixels, row * image.size.width * 3, horizontal.taps, horizontal.coefficients, fill,
        view.window.size.width)
      while open.upperBound < vertical.taps.count, vertical.taps[open.upperBound].firstRow <= row {
        open = open.lowerBound..<(open.upperBound + 1)
      }
      while !open.isEmpty, vertical.taps[open.lowerBound].endRow <= row {
        open = (open.lowerBound + 1)..<open.upperBound
      }
      for output in open where vertical.taps[output].endRow > row {
        let tap = vertical.taps[output]
        let coefficient = vertical.coefficients[Int(tap.start) + row - tap.firstRow]
        llava_accumulate_row(&sums, output * lineCount, line, coefficient, lineCount)
      }
    }

    var pixels = [UInt8](repeating: 0, count: sums.count)
    llava_round_sums(&pixels, sums, sums.count)
    return pixels
  }

  /// A row that lies in the padding, resampled. Not always the fill itself: rounded coefficients need not add up to 1.
  private static func paddingLine(_ horizontal: ResampleAxis, fill: [UInt8]) -> [UInt8] {
    let taps = horizontal.taps.map { tap in
      let inside = horizontal.coefficients[Int(tap.start)..<Int(tap.start + tap.count)].reduce(0, +)
      return llava_taps(first: 0, count: 0, start: 0, outside: tap.outside + inside)
    }
    var line = [UInt8](repeating: 0, count: taps.count * 3)
    llava_resample_row(&line, fill, 0, taps, horizontal.coefficients, fill, taps.count)
    return line
  }

  /// For each output row one half, for the rounding, and what the rows in the padding contribute.
  private static func sumsOfPadding(_ vertical: ResampleAxis, line: [UInt8]) -> [Int32] {
    let half = Int32(1) << (LLAVA_COEFFICIENT_BITS - 1)
    var sums = [Int32](repeating: half, count: vertical.taps.count * line.count)
    for (output, tap) in vertical.taps.enumerated() where tap.outside != 0 {
      llava_accumulate_row(&sums, output * line.count, line, tap.outside, line.count)
    }
    return sums
  }
}

extension llava_taps {
  fileprivate var firstRow: Int { Int(first) }
  fileprivate var endRow: Int { Int(first + count) }
}
