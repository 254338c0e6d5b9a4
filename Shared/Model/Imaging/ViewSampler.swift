import CImageCodecs
import TilePlan

/// Makes one view out of a picture's rows: Pillow's `resize` with `BICUBIC` for 8-bit RGB, bit for bit, horizontally first
/// and rounded to 8 bits, then vertically (the rule of Pillow up to 12.1; from 12.2 on some tall pictures go the other way
/// round).
///
/// The source goes by row by row: each row is resampled once and added to the outputs it belongs to. Sums of integers
/// do not depend on their order, so this gives what two whole passes give, in the memory of one view.
struct ViewSampler {
  /// The rows of the source that the view shows something of, which have to be added in order.
  let rows: Range<Int>

  private let view: TilePlan.View
  private let horizontal: ResampleAxis
  private let vertical: ResampleAxis
  /// RGB of what lies outside the source, and of what lies beyond the resized canvas.
  private let fill: [UInt8]
  private let margin: [UInt8]
  /// `[shown rows, shown columns, 3]`: of each output the half, for the rounding, and what was added so far.
  private var sums: [Int32]
  private var line: [UInt8]
  /// The outputs that the current row can belong to.
  private var open = 0..<0

  /// `mean` is the RGB that `PaddingColour.mean` stands for.
  init(_ view: TilePlan.View, of source: ImageSize, mean: [UInt8]) {
    self.view = view
    fill = mean
    margin = view.margin == .mean ? mean : [0, 0, 0]
    horizontal = ResampleAxis(
      canvas: view.canvas.columns, source: source.width, scaled: view.scaled.width, window: view.shownColumns)
    vertical = ResampleAxis(
      canvas: view.canvas.rows, source: source.height, scaled: view.scaled.height, window: view.shownRows)
    rows = (vertical.taps.first?.firstRow ?? 0)..<(vertical.taps.last?.endRow ?? 0)
    line = [UInt8](repeating: 0, count: horizontal.taps.count * 3)
    sums = Self.sumsOfPadding(vertical, line: Self.paddingLine(horizontal, fill: fill))
  }

  /// Adds row `row` of the source, which begins at `offset` in `pixels`.
  mutating func add(row: Int, of pixels: [UInt8], at offset: Int) {
    llava_resample_row(
      &line, pixels, offset, horizontal.taps, horizontal.coefficients, fill, horizontal.taps.count)
    while open.upperBound < vertical.taps.count, vertical.taps[open.upperBound].firstRow <= row {
      open = open.lowerBound..<(open.upperBound + 1)
    }
    while !open.isEmpty, vertical.taps[open.lowerBound].endRow <= row {
      open = (open.lowerBound + 1)..<open.upperBound
    }
    for output in open where vertical.taps[output].endRow > row {
      let tap = vertical.taps[output]
      let coefficient = vertical.coefficients[Int(tap.start) + row - tap.firstRow]
      llava_accumulate_row(&sums, output * line.count, line, coefficient, line.count)
    }
  }

  /// `[window.height, window.width, 3]`, after the last of `rows`.
  func finished() -> [UInt8] {
    var shown = [UInt8](repeating: 0, count: sums.count)
    llava_round_sums(&shown, sums, sums.count)
    guard view.shownColumns != view.window.columns || view.shownRows != view.window.rows else { return shown }
    let size = view.window.size
    var pixels = Array(repeatElement(margin, count: size.pixelCount).joined())
    let left = (view.shownColumns.lowerBound - view.window.x) * 3
    for (index, row) in view.shownRows.enumerated() {
      let start = (row - view.window.y) * size.width * 3 + left
      pixels.replaceSubrange(
        start..<(start + line.count), with: shown[(index * line.count)..<((index + 1) * line.count)])
    }
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

extension TilePlan.View {
  /// The columns of the window that the resized canvas has; none for a view of the margin alone.
  fileprivate var shownColumns: Range<Int> { window.columns.clamped(to: 0..<scaled.width) }
  fileprivate var shownRows: Range<Int> { window.rows.clamped(to: 0..<scaled.height) }
}

extension llava_taps {
  fileprivate var firstRow: Int { Int(first) }
  fileprivate var endRow: Int { Int(first + count) }
}
