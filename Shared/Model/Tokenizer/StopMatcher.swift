/// Lets text through up to the first stop string, and holds back what might be the beginning of one.
///
/// The stop string that is complete first wins, byte by byte, and of those that end together the longest: how the text
/// was cut does not matter.
struct StopMatcher: Sendable {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  private(set) var matched: String?

  init(_ stops: [String]) throws(TokenizerError) {
    guard stops.count <= Limits.stopStringCount else {
      throw TokenizerError(
        code: .tooLong, message: "expected at most \(Limits.stopStringCount) stop strings, found \(stops.count)")
    }
    for stop in stops where !(1...Limits.stopStringByteCount).contains(stop.utf8.count) {
      throw TokenizerError(
        code: stop.isEmpty ? .invalidText : .tooLong,
        message: "expected a stop string of 1 to \(Limits.stopStringByteCount) bytes, found \(stop.utf8.count)")
    }
    self.stops = stops.map { Array($0.utf8) }.sorted { $0.count > $1.count }
  }

  /// What can be let go of `text` and of what was held.
  mutating func push(_ text: String) -> String {
    guard matched == nil else { return "" }
    guard !stops.isEmpty else { return text }
    for byte in text.utf8 {
      held.append(byte)
      for stop in stops where held.last == stop.last && held.suffix(stop.count) == stop[...] {
        matched = String(decoding: stop, as: UTF8.self)
        held.removeLast(stop.count)
        return finish()
      }
    }
    // A stop string begins where a character does, so that no character is cut here.
    let free = held.count - openByteCount
    defer { held.removeFirst(free) }
    return String(decoding: held.prefix(free), as: UTF8.self)
  }

  /// What is held, when no more text will come.
  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  /// Bytes of the longest end of the held text that a stop string begins with.
  private var openByteCount: Int {
    let longest = min(held.count, (stops.first?.count ?? 0) - 1)
    for count in stride(from: longest, to: 0, by: -1) {
      let end = held.suffix(count)
      for stop in stops where count < stop.count && stop.starts(with: end) { return count }
    }
    return 0
  }
}
