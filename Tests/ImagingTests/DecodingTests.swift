import Imaging
import Testing
import TilePlan

@Suite struct DecodingTests {
  @Test func everyKindOfFileDecodesAsPillowDoes() throws {
    let fixtures = try DecodedFixtures.load()
    #expect(fixtures.files.count >= 100)
    for (name, expected) in fixtures.files.sorted(by: { $0.key < $1.key }) {
      do {
        let image = try ImageDecoder.decode(Golden.bytes("decoded/\(name)"))
        #expect(image.size == ImageSize(width: expected.width, height: expected.height), "\(name)")
        #expect(Golden.digest(image.pixels) == expected.rgb, "\(name)")
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
  }

  @Test func aWrittenPictureIsReadBackAsItWas() throws {
    for (width, height) in [(1, 1), (3, 2), (336, 40)] {
      let image = Golden.synthetic(ImageSize(width: width, height: height))
      let file = try #require(image.png)
      #expect(try ImageHeader(file).format == .png)
      #expect(try ImageDecoder.decode(file) == image)
    }
  }

  @Test func theHeaderSaysTheSizeOfEveryFixture() throws {
    for (name, expected) in try DecodedFixtures.load().files {
      let header = try ImageHeader(Golden.bytes("decoded/\(name)"))
      #expect(header.size == ImageSize(width: expected.width, height: expected.height), "\(name)")
    }
  }

  @Test func theGoldenPhotographsDecodeAsWithTheOriginal() throws {
    struct Expected: Decodable {
      let file: String
      let rgb: String
    }
    for (name, expected) in try Golden.json("jpeg.json", as: [String: Expected].self) {
      let bytes = try Golden.bytes("\(name).jpg")
      #expect(Golden.digest(bytes).hasPrefix(expected.file), "\(name)")
      #expect(Golden.digest(try ImageDecoder.decode(bytes).pixels).hasPrefix(expected.rgb), "\(name)")
    }
  }

  @Test func anImageLargerThanTheSettingIsRefusedBeforeItIsDecoded() throws {
    let bytes = try Golden.bytes("j444.jpg")
    let size = try ImageHeader(bytes).size
    let allowed = ImageLimits(byteCount: bytes.count, pixelCount: size.pixelCount)
    #expect(try ImageDecoder.decode(bytes, limits: allowed).size == size)

    #expect(
      Golden.failure(of: bytes, limits: ImageLimits(pixelCount: size.pixelCount - 1))
        == .refused(.tooManyPixels(found: size.pixelCount, allowed: size.pixelCount - 1)))
    #expect(
      Golden.failure(of: bytes, limits: ImageLimits(byteCount: bytes.count - 1))
        == .refused(.tooManyBytes(found: bytes.count, allowed: bytes.count - 1)))
  }

  @Test func aClaimedGiantIsRefusedThoughItsFileIsSmall() throws {
    var bytes = try Golden.bytes("j444.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    bytes.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(
      Golden.failure(of: bytes) == .refused(.tooManyPixels(found: 65500 * 65500, allowed: ImageLimits().pixelCount)))
  }

  @Test(arguments: ["q75-420.jpg", "progressive-420.jpg", "rgb-8.png", "rgb-8-interlaced.png", "q80.webp"])
  func decodingStopsWhenNobodyWaits(name: String) throws {
    let bytes = try Golden.bytes("decoded/\(name)")
    var questions = 0
    let error = #expect(throws: ImagingError.self) {
      _ = try ImageDecoder.decode(bytes) {
        questions += 1
        return true
      }
    }
    #expect(error?.code == .cancelled)
    #expect(questions == 1)
  }

  @Test func aProgressiveFileOfTooManyScansIsRefused() throws {
    let bytes = try Golden.bytes("decoded/progressive-444.jpg")
    let lastScan = try #require(bytes.indices.last { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    let scan = bytes[lastScan..<(bytes.count - 2)]
    let manyScans = bytes.dropLast(2) + Array(repeating: scan, count: 100).joined() + [0xFF, 0xD9]
    #expect(Golden.failure(of: Array(manyScans)) == .unsupported)
  }
}
