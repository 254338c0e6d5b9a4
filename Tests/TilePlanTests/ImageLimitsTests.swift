import Testing
import TilePlan

@Suite struct ImageLimitsTests {
  private func png(_ width: UInt32, _ height: UInt32) throws -> ImageHeader {
    try ImageHeader(HeaderBytes.png(width: width, height: height))
  }

  @Test func aClaimedGiantIsRefusedByItsPixels() throws {
    let header = try png(65500, 65500)
    let error = #expect(throws: ImageError.self) { try ImageLimits().check(header, byteCount: 100) }
    #expect(error?.code == .tooManyPixels(found: 65500 * 65500, allowed: 178_956_970))
    #expect(error?.message.contains("65500x65500") == true)
  }

  @Test func aPictureTooLongForItsWidthIsRefusedByItsAspect() throws {
    for header in [try png(10000, 1), try png(1, 10000), try png(401, 2)] {
      let error = #expect(throws: ImageError.self) { try ImageLimits().check(header, byteCount: 100) }
      #expect(error?.code == .tooElongated(found: header.size, allowed: 200))
    }
  }

  @Test func whatIsWithinTheLimitsPasses() throws {
    for (width, height) in [(1, 1), (200, 1), (1, 200), (13377, 13377), (400, 2)] as [(UInt32, UInt32)] {
      try ImageLimits().check(png(width, height), byteCount: 64 << 20)
    }
  }

  @Test func aFileTooLargeIsRefusedByItsBytes() throws {
    let header = try png(1, 1)
    let error = #expect(throws: ImageError.self) { try ImageLimits().check(header, byteCount: 64 << 20 + 1) }
    #expect(error?.code == .tooManyBytes(found: 64 << 20 + 1, allowed: 64 << 20))
  }

  @Test func everyLimitIsASetting() throws {
    let header = try png(20, 10)
    try ImageLimits(byteCount: 7, pixelCount: 200, aspect: 2).check(header, byteCount: 7)
    #expect(throws: ImageError.self) { try ImageLimits(byteCount: 6).check(header, byteCount: 7) }
    #expect(throws: ImageError.self) { try ImageLimits(pixelCount: 199).check(header, byteCount: 7) }
    #expect(throws: ImageError.self) { try ImageLimits(aspect: 1).check(header, byteCount: 7) }
  }

  @Test func theLargestSidesThatAHeaderCanSayDoNotOverflow() throws {
    let header = try png(0x7FFF_FFFF, 0x7FFF_FFFF)
    #expect(throws: ImageError.self) { try ImageLimits().check(header, byteCount: 1) }
    try ImageLimits(pixelCount: .max, aspect: .max).check(header, byteCount: 1)
  }
}
