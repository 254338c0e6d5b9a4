/// Makes replies of the bytes that arrive, however they are cut into pieces. Holds at most one reply's worth, and what
/// arrived with it.
///
/// Once it has thrown, it has lost its place: the connection has to end.
public struct RESPDecoder: Sendable {
  private let limits: RESPLimits
  private var buffer: [UInt8] = []
  /// Of `buffer`, what has been read.
  private var position = 0
  /// Where the search for the end of a line goes on.
  private var searched = 0
  /// The length of the string whose bytes come next.
  private var stringByteCount: Int?
  /// Arrays that have begun, the outermost first.
  private var open: [(elements: [RESPValue], count: Int)] = []

  public init(limits: RESPLimits) { self.limits = limits }

  public mutating func append(_ bytes: some Sequence<UInt8>) {
    if position > 0 {
      buffer.removeFirst(position)
      searched -= position
      position = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next reply that is whole, or nothing where more has to arrive.
  public mutating func next() throws(RESPError) -> RESPValue? {
    while let value = try element() {
      if let whole = place(value) { return whole }
    }
    return nil
  }

  /// Puts a value into the array that it belongs to; returns what is whole by that.
  private mutating func place(_ value: RESPValue) -> RESPValue? {
    var value = value
    while var array = open.popLast() {
      array.elements.append(value)
      guard array.elements.count == array.count else {
        open.append(array)
        return nil
      }
      value = .array(array.elements)
    }
    return value
  }

  /// A value that is none of an array's beginnings.
  private mutating func element() throws(RESPError) -> RESPValue? {
    while true {
      if let count = stringByteCount { return try string(of: count) }
      guard let line = try line() else { return nil }
      guard let kind = line.first else { throw RESPError(.malformed, "expected a reply, found an empty line") }
      let rest = line.dropFirst()
      switch kind {
      case UInt8(ascii: "+"): return .text(String(decoding: rest, as: UTF8.self))
      case UInt8(ascii: "-"): return .refusal(String(decoding: rest, as: UTF8.self))
      case UInt8(ascii: ":"): return .integer(try integer(rest))
      case UInt8(ascii: "$"):
        guard let count = try length(rest, limit: limits.byteCount, of: "bytes") else { return .null }
        stringByteCount = count
      case UInt8(ascii: "*"):
        guard let count = try length(rest, limit: limits.elementCount, of: "elements") else { return .null }
        if count == 0 { return .array([]) }
        guard open.count < limits.depth else {
          throw RESPError(.tooLarge, "arrays in arrays: expected at most \(limits.depth)")
        }
        open.append(([], count))
      default: throw RESPError(.malformed, "expected one of + - : $ *, found the byte \(kind)")
      }
    }
  }

  private mutating func string(of count: Int) throws(RESPError) -> RESPValue? {
    guard buffer.count - position >= count + 2 else { return nil }
    let end = position + count
    guard buffer[end] == UInt8(ascii: "\r"), buffer[end + 1] == UInt8(ascii: "\n") else {
      throw RESPError(.malformed, "a string of \(count) bytes does not end with a line break")
    }
    defer {
      position = end + 2
      searched = position
      stringByteCount = nil
    }
    return .bytes(Array(buffer[position..<end]))
  }

  /// The bytes before the next line break; nothing where that has not come yet.
  private mutating func line() throws(RESPError) -> ArraySlice<UInt8>? {
    while searched < buffer.count, buffer[searched] != UInt8(ascii: "\n") { searched += 1 }
    guard searched - position <= limits.lineByteCount else {
      throw RESPError(.tooLarge, "a line: expected at most \(limits.lineByteCount) bytes, found \(searched - position)")
    }
    guard searched < buffer.count else { return nil }
    guard searched - position >= 2, buffer[searched - 1] == UInt8(ascii: "\r") else {
      throw RESPError(.malformed, "expected a line that ends with CR LF, found one of \(searched - position) bytes")
    }
    defer {
      searched += 1
      position = searched
    }
    return buffer[position..<(searched - 1)]
  }

  private func length(_ digits: ArraySlice<UInt8>, limit: Int, of what: String) throws(RESPError) -> Int? {
    let count = try integer(digits)
    if count == -1 { return nil }
    guard count >= 0 else { throw RESPError(.malformed, "a length of \(count) \(what)") }
    guard count <= limit else { throw RESPError(.tooLarge, "expected at most \(limit) \(what), found \(count)") }
    return count
  }

  private func integer(_ digits: ArraySlice<UInt8>) throws(RESPError) -> Int {
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw RESPError(.malformed, "expected a number, found \(digits.count) other bytes")
    }
    return value
  }
}
