import Testing
import TilePlan

@Suite struct ImageHeaderTests {
  static let lossy = HeaderBytes.webp("VP8 ", [0x30, 0, 0, 0x9D, 0x01, 0x2A, 0x2C, 0x41, 0xC8, 0x80])
  static let lossless = HeaderBytes.webp("VP8L", [0x2F, 0x2B, 0xC1, 0x31, 0x00])
  static let extended = HeaderBytes.webp("VP8X", [0x10, 0, 0, 0, 0x2B, 0x01, 0x01, 0xC7, 0, 0])

  @Test func sizesAreReadFromEveryFormat() throws {
    let png = try ImageHeader(HeaderBytes.png(width: 70000, height: 3))
    #expect(png.format == .png && png.size == ImageSize(width: 70000, height: 3))
    let jpeg = try ImageHeader(HeaderBytes.jpeg(width: 640, height: 480))
    #expect(jpeg.format == .jpeg && jpeg.size == ImageSize(width: 640, height: 480))
    // The upper two bits of a lossy side are a scale, which decoders ignore.
    #expect(try ImageHeader(Self.lossy).size == ImageSize(width: 300, height: 200))
    #expect(try ImageHeader(Self.lossless).size == ImageSize(width: 300, height: 200))
    #expect(try ImageHeader(Self.extended).size == ImageSize(width: 65536 + 300, height: 200))
    #expect(try ImageHeader(Self.extended).format == .webp)
  }

  @Test func aFrameHeaderIsFoundBehindAnyMetadata() throws {
    let segments = [
      HeaderBytes.segment(0xE0, count: 14), HeaderBytes.segment(0xE1, count: 65533),
      HeaderBytes.segment(0xFE, count: 0),
      HeaderBytes.segment(0xC4, count: 30), [0xFF, 0xFF, 0xFF, 0x01], [0x00, 0x12, 0xFF, 0x00],
    ]
    for frame in [0xC0, 0xC1, 0xC2, 0xC9, 0xCA] as [UInt8] {
      let bytes = HeaderBytes.jpeg(width: 8, height: 9, frame: frame, before: Array(segments.joined()))
      #expect(try ImageHeader(bytes).size == ImageSize(width: 8, height: 9))
    }
  }

  @Test func aHeaderCutAnywhereIsTruncated() {
    let metadata = HeaderBytes.segment(0xE1, count: 40)
    let jpeg = HeaderBytes.jpeg(width: 8, height: 9, before: metadata)
    let headers: [(bytes: [UInt8], sizeEnd: Int)] = [
      (HeaderBytes.png(width: 8, height: 9), 24), (jpeg, 2 + metadata.count + 9), (Self.lossy, 30), (Self.lossless, 25),
      (Self.extended, 30),
    ]
    for header in headers {
      #expect(throws: Never.self) { try ImageHeader(Array(header.bytes[..<header.sizeEnd])) }
      for count in 1..<header.sizeEnd {
        let error = #expect(throws: ImageError.self) { try ImageHeader(Array(header.bytes[..<count])) }
        #expect(error?.code == .truncatedHeader, "\(count) of \(header.sizeEnd) bytes")
      }
    }
  }

  @Test(arguments: [
    ("GIF", "GIF89a"), ("BMP", "BM...."), ("PDF", "%PDF-1.7"), ("TIFF", "II*\0...."), ("TIFF", "MM\0*...."),
    ("HEIC", "\0\0\0\u{18}ftypheic"), ("HEIC", "\0\0\0\u{18}ftypmif1"), ("AVIF", "\0\0\0\u{18}ftypavif"),
    ("JPEG XL", "\0\0\0\u{0C}JXL \r\n"), ("JPEG 2000", "\0\0\0\u{0C}jP  \r\n"),
  ])
  func anUnsupportedFormatIsNamed(name: String, beginning: String) {
    let error = #expect(throws: ImageError.self) { try ImageHeader(Array(beginning.utf8)) }
    #expect(error?.code == .unsupportedFormat(name))
  }

  @Test func whatIsNoPictureSaysWhatWasFound() {
    for bytes in [[], Array("<html>".utf8), [0], Array("RIFF....WAVEfmt ".utf8), [0xFF, 0xD9, 0xFF]] as [[UInt8]] {
      let error = #expect(throws: ImageError.self) { try ImageHeader(bytes) }
      #expect(error?.code == .notAnImage)
    }
    let error = #expect(throws: ImageError.self) { try ImageHeader(Array("<html>".utf8)) }
    #expect(error?.message.contains("3c 68 74 6d 6c 3e") == true)
  }

  @Test func aHeaderThatContradictsItselfIsCorrupt() {
    let corrupt: [[UInt8]] = [
      HeaderBytes.png(width: 0, height: 5), HeaderBytes.png(width: 5, height: 0x8000_0000),
      HeaderBytes.jpeg(width: 5, height: 0), HeaderBytes.jpeg(width: 5, height: 5, before: [0xFF, 0xE0, 0, 1]),
      HeaderBytes.jpeg(width: 5, height: 5, before: [0xFF, 0xD9]), HeaderBytes.webp("ICCP", [1, 2, 3]),
      HeaderBytes.webp("VP8L", [0x2E, 0, 0, 0, 0]), HeaderBytes.webp("VP8 ", [0x31, 0, 0, 0x9D, 1, 0x2A, 1, 0, 1, 0]),
      HeaderBytes.webp("VP8 ", [0x30, 0, 0, 0x9D, 0x01, 0x2A, 0, 0, 1, 0]),
    ]
    for (index, bytes) in corrupt.enumerated() {
      let error = #expect(throws: ImageError.self) { try ImageHeader(bytes) }
      #expect(error?.code == .corruptHeader, "case \(index): \(error?.message ?? "accepted")")
    }
  }

  @Test func aLosslessJPEGIsNamed() {
    let error = #expect(throws: ImageError.self) { try ImageHeader(HeaderBytes.jpeg(width: 5, height: 5, frame: 0xC3)) }
    #expect(error?.code == .unsupportedFormat("lossless or hierarchical JPEG"))
  }
}
