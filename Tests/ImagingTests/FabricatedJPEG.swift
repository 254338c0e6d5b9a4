/// A JPEG of any size in few bytes: every block is plain, and takes two zero bits.
enum FabricatedJPEG {
  /// Three components, with the usual chroma of half the width and height.
  static func file(width: Int, height: Int, isProgressive: Bool = false) -> [UInt8] {
    let frame: [UInt8] = [8] + big(height) + big(width) + [3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]
    // One code of one bit, zero: for a difference of no bits, and for the end of a block.
    let code: [UInt8] = [1] + Array(repeating: 0, count: 15) + [0]
    let scan: [UInt8] = [3, 1, 0, 2, 0, 3, 0, 0, isProgressive ? 0 : 63, 0]
    let blockCount = (width + 15) / 16 * ((height + 15) / 16) * 6
    let bitCount = blockCount * (isProgressive ? 1 : 2)
    return [0xFF, 0xD8] + segment(0xDB, [0] + Array(repeating: 1, count: 64))
      + segment(isProgressive ? 0xC2 : 0xC0, frame) + segment(0xC4, [0x00] + code) + segment(0xC4, [0x10] + code)
      + segment(0xDA, scan) + Array(repeating: 0, count: (bitCount + 7) / 8) + [0xFF, 0xD9]
  }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker] + big(content.count + 2) + content
  }

  private static func big(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
}
