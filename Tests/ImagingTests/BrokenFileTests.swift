import Imaging
import Testing
import TilePlan

@Suite struct BrokenFileTests {
  static let smallFiles = [
    "small.jpg", "small-progressive.jpg", "small.png", "small.webp", "small-lossless.webp", "small-animated.webp",
  ]

  @Test(arguments: smallFiles)
  func aTruncatedFileIsAnErrorAtEveryByte(name: String) throws {
    let bytes = try Golden.bytes("decoded/\(name)")
    let expected = try #require(try DecodedFixtures.load().files[name])
    let wholeFrom = try #require(expected.wholeFrom)
    for count in 0..<bytes.count {
      let image = try? ImageDecoder.decode(Array(bytes[..<count]))  // which error it is does not matter here
      if count < wholeFrom {
        #expect(image == nil, "\(name) cut to \(count) bytes")
      } else if let image {
        #expect(Golden.digest(image.pixels) == expected.rgb, "\(name) cut to \(count) bytes")
      }
    }
  }

  @Test(arguments: ["j420.jpg", "j422.jpg", "j444.jpg", "j420p.jpg", "jgray.jpg"])
  func aJPEGWithoutItsLastByteIsTruncated(name: String) throws {
    let bytes = try Golden.bytes(name)
    for count in 0..<bytes.count {
      #expect(Golden.failure(of: Array(bytes[..<count])) != nil, "\(name) cut to \(count) bytes")
    }
  }

  @Test func aJPEGWithoutItsEndMarkerIsTruncatedThoughNoRowIsMissing() throws {
    let bytes = try Golden.bytes("j444.jpg")
    let comment: [UInt8] = [0xFF, 0xFE, 0, 6, 1, 2, 3, 4]
    #expect(Golden.failure(of: bytes.dropLast(2) + comment + [0xFF, 0xD9]) == nil)
    #expect(Golden.failure(of: bytes.dropLast(2) + comment) == .truncated)
  }

  /// libjpeg and Pillow would show grey where the rows are missing.
  @Test(arguments: ["j420.jpg", "j444.jpg", "jgray.jpg"])
  func aJPEGThatEndsEarlyWithAnEndMarkerIsTruncated(name: String) throws {
    let bytes = try Golden.bytes(name)
    #expect(Golden.failure(of: bytes[..<(bytes.count * 3 / 4)] + [0xFF, 0xD9]) == .truncated)
  }

  @Test func aWrongChecksumOfThePixelsIsAnError() throws {
    let bytes = try Golden.bytes("decoded/small.png")
    var broken = bytes
    broken[bytes.count - 13] ^= 1  // the last byte of IDAT's CRC, before IEND's 12 bytes
    #expect(Golden.failure(of: broken) == .corrupt)
  }

  @Test func aFileThatIsNoPictureIsRefusedByName() throws {
    #expect(Golden.failure(of: Array("GIF89a....".utf8)) == .refused(.unsupportedFormat("GIF")))
    #expect(Golden.failure(of: Array("<html></html>".utf8)) == .refused(.notAnImage))
  }

  @Test(arguments: [
    "small.jpg", "small-progressive.jpg", "restart.jpg", "arithmetic-progressive.jpg", "cmyk.jpg", "small.png",
    "palette-4-interlaced.png", "gray-16-interlaced.png", "animated.png", "small.webp", "small-lossless.webp",
    "alpha.webp", "animated-corner.webp",
  ])
  func aMutatedFileGivesAPictureOfItsHeadersSizeOrAnError(name: String) throws {
    let bytes = try Golden.bytes("decoded/\(name)")
    // Random sizes up to this are decoded; larger ones would only test the limit.
    let limits = ImageLimits(pixelCount: 1 << 20)
    var pictures = 0
    for seed in 0..<2000 {
      var random = SplitMix64(state: UInt64(seed))
      let mutated = Self.mutated(bytes, by: &random)
      guard let image = try? ImageDecoder.decode(mutated, limits: limits) else { continue }  // any error will do
      pictures += 1
      #expect(try ImageHeader(mutated).size == image.size, "\(name), seed \(seed)")
    }
    #expect((1..<2000).contains(pictures), "\(name): \(pictures) of 2000 are still pictures")
  }

  /// One to eight bytes changed, and now and then a piece cut out or repeated.
  private static func mutated(_ bytes: [UInt8], by random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
    }
    let start = Int.random(in: bytes.indices, using: &random)
    let piece = start..<Int.random(in: start...min(start + 20, bytes.count), using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes.removeSubrange(piece)
    case 1: bytes.insert(contentsOf: Array(bytes[piece]), at: start)
    default: break
    }
    return bytes
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
