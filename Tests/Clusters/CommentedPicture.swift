extension [UInt8] {
  /// The same picture in another file, which nobody has seen: a JPEG with a comment that says `number`.
  package func commented(_ number: UInt64) -> [UInt8] {
    let salt = (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    // SOI, then a COM segment of its own two bytes of length and eight more.
    return Array(prefix(2)) + [0xff, 0xfe, 0, 10] + salt + Array(dropFirst(2))
  }
}
