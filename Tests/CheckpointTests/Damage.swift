/// Files with mistakes that a disk, a transfer or somebody's intent may make.
extension SeededGenerator {
  /// Changed bits and bytes, insertions, deletions, and pieces that are copied elsewhere, once or twice and beginning
  /// within the first `count` bytes.
  mutating func damaged(_ bytes: [UInt8], within count: Int) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...2, using: &self) { damage(&bytes, within: count) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8], within count: Int) {
    guard !bytes.isEmpty else { return }
    let index = Int.random(in: 0..<min(count, bytes.count), using: &self)
    let length = min(Int.random(in: 1...16, using: &self), bytes.count - index)
    switch next() % 8 {
    case 0...2: bytes[index] ^= 1 << UInt8(next() % 8)
    case 3: bytes[index] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &self)!
    case 4: bytes.insert(UInt8(truncatingIfNeeded: next()), at: index)
    case 5: bytes.removeSubrange(index..<index + length)
    case 6:
      let target = Int.random(in: 0..<count, using: &self)
      bytes.insert(contentsOf: bytes[index..<index + length], at: min(target, bytes.count))
    default:
      let target = Int.random(in: 0...max(0, bytes.count - length), using: &self)
      bytes.replaceSubrange(target..<target + length, with: Array(bytes[index..<index + length]))
    }
  }
}
