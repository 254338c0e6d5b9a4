import TilePlan

/// The checks that a field of a configuration goes through; each error names file, field, what was expected and found.
struct ConfigurationChecks {
  let file: String

  /// A size from 1 to `limit`, or `absent` where the file is silent.
  func size(_ field: String, _ value: Int?, absent: Int, limit: Int) throws(CheckpointError) -> Int {
    let value = value ?? absent
    guard (1...limit).contains(value) else { throw malformed(field, expected: "1 to \(limit)", found: "\(value)") }
    return value
  }

  /// A positive number below `limit`.
  func number(_ field: String, _ value: Double?, absent: Double, limit: Double) throws(CheckpointError) -> Double {
    let value = value ?? absent
    guard value > 0, value < limit else {
      throw malformed(field, expected: "a number above 0 and below \(limit)", found: "\(value)")
    }
    return value
  }

  /// An id that fits the token type of prompts, or nil where the file is silent.
  func token(_ field: String, _ value: Int?) throws(CheckpointError) -> Int? {
    guard let value else { return nil }
    guard (0...Int(Int32.max)).contains(value) else {
      throw malformed(field, expected: "a token id", found: "\(value)")
    }
    return value
  }

  /// Some files write -1 for "no token".
  func optionalToken(_ field: String, _ value: Int?) throws(CheckpointError) -> Int? {
    try token(field, value == -1 ? nil : value)
  }

  /// The ids of a field that has one or several.
  func tokens(
    _ field: String, _ written: ConfigurationFile.OneOrMore?, absent: Int
  ) throws(CheckpointError) -> [Int] {
    var ids: [Int] = []
    for id in written?.values ?? [absent] {
      if let id = try token(field, id) { ids.append(id) }
    }
    return ids
  }

  /// Pairs of widths and heights in pixels, as tiles of `side`; LLaVA-1.6's own where the file is silent (transformers,
  /// `LlavaNextConfig`).
  func grids(_ field: String, _ pairs: [[Int]]?, side: Int) throws(CheckpointError) -> [TileGrid] {
    let pairs = pairs ?? Tiling.published.map { [$0.columns * 336, $0.rows * 336] }
    guard (1...ConfigurationLimits.gridCount).contains(pairs.count) else {
      throw malformed(field, expected: "1 to \(ConfigurationLimits.gridCount) pairs", found: "\(pairs.count)")
    }
    var grids: [TileGrid] = []
    for pair in pairs {
      guard pair.count == 2, pair.allSatisfy({ $0 >= side && $0.isMultiple(of: side) }),
        pair.allSatisfy({ $0 / side <= ConfigurationLimits.tileCount }),
        pair[0] / side * (pair[1] / side) <= ConfigurationLimits.tileCount
      else {
        throw malformed(
          field, expected: "two multiples of the view's \(side), at most \(ConfigurationLimits.tileCount) views",
          found: "\(pair)")
      }
      grids.append(TileGrid(columns: pair[0] / side, rows: pair[1] / side))
    }
    return grids
  }

  func divides(_ field: String, _ divisor: Int, _ whole: Int, _ wholeField: String) throws(CheckpointError) {
    guard whole.isMultiple(of: divisor) else {
      throw malformed(field, expected: "a divisor of \(wholeField) = \(whole)", found: "\(divisor)")
    }
  }

  /// One of the spellings in `choices`, which may be absent where `absent` says what that means.
  func choice<Value>(
    _ field: String, _ value: String?, absent: String?, _ choices: KeyValuePairs<String, Value>
  ) throws(CheckpointError) -> Value {
    let value = value ?? absent
    for choice in choices where choice.key == value { return choice.value }
    throw unsupported(
      field, expected: choices.map(\.key).joined(separator: " or "), found: value.map { "\"\($0)\"" } ?? "none")
  }

  /// A field that this program has no code for must be off.
  func absent(_ field: String, _ isPresent: Bool, found: String) throws(CheckpointError) {
    guard !isPresent else { throw unsupported(field, expected: "none", found: found) }
  }

  func malformed(_ field: String, expected: String, found: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file): \(field): expected \(expected), found \(found)")
  }

  func unsupported(_ field: String, expected: String, found: String) -> CheckpointError {
    CheckpointError(code: .unsupportedModel, message: "\(file): \(field): expected \(expected), found \(found)")
  }
}
