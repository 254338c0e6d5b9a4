import Imaging
import Testing
import TilePlan

@Suite struct PreprocessingTests {
  /// `preprocessing.json`, as far as it is about these policies.
  struct Original: Decodable {
    struct Image: Decodable {
      let source: String
      let pad: View
      let crop: View

      enum CodingKeys: String, CodingKey {
        case source = "src_u8"
        case pad, crop
      }
    }

    struct View: Decodable {
      let pixels: String
      let floats: String
      let halves: String

      enum CodingKeys: String, CodingKey {
        case pixels = "u8_hwc"
        case floats = "f32_chw"
        case halves = "f16_chw"
      }
    }

    let images: [String: Image]
  }

  @Test func padAndCropGiveTheOriginalsPixels() throws {
    let original = try Golden.json("preprocessing.json", as: Original.self)
    #expect(original.images.count == 10)
    for (name, expected) in original.images {
      let sides = name.split(separator: "x").compactMap { Int($0) }
      let image = Golden.synthetic(ImageSize(width: sides[0], height: sides[1]))
      #expect(Golden.digest(image.pixels).hasPrefix(expected.source), "\(name)")
      for (policy, expected) in [(ImagePolicy.pad, expected.pad), (.crop, expected.crop)] {
        let preprocessor = Preprocessor(policy: policy)
        let views = preprocessor.views(of: image)
        #expect(views.map(\.index) == [0])
        let normalized = preprocessor.normalized(views[0])
        #expect(Golden.digest(views[0].pixels).hasPrefix(expected.pixels), "\(name) \(policy)")
        #expect(Golden.digest(normalized).hasPrefix(expected.floats), "\(name) \(policy)")
        #expect(Golden.digestOfHalves(normalized).hasPrefix(expected.halves), "\(name) \(policy)")
      }
    }
  }

  @Test func extremeShapesAndOtherSidesGivePillowsPixels() throws {
    for expected in try DecodedFixtures.load().views {
      let image = Golden.synthetic(ImageSize(width: expected.width, height: expected.height))
      for (policy, digest) in [(ImagePolicy.pad, expected.pad), (.crop, expected.crop)] {
        let view = Preprocessor(policy: policy, side: expected.side).views(of: image)[0]
        #expect(view.side == expected.side)
        #expect(Golden.digest(view.pixels) == digest, "\(image.size) to \(expected.side), \(policy)")
      }
    }
  }

  /// The padding is never laid out; this lays it out.
  @Test func paddingByArithmeticEqualsPaddingInMemory() {
    for seed in 0..<60 {
      var random = SplitMix64(state: UInt64(seed))
      let size = ImageSize(width: .random(in: 1...120, using: &random), height: .random(in: 1...120, using: &random))
      let side = Int.random(in: 14...96, using: &random)
      let image = RGBImage(
        size: size, pixels: (0..<(size.pixelCount * 3)).map { _ in .random(in: 0...255, using: &random) })
      let preprocessor = Preprocessor(policy: .pad, side: side)
      let square = Self.squared(image, colour: preprocessor.padding)
      #expect(
        preprocessor.views(of: image) == preprocessor.views(of: square), "seed \(seed): \(size) to \(side)")
    }
  }

  private static func squared(_ image: RGBImage, colour: [UInt8]) -> RGBImage {
    let side = image.size.longSide
    let (left, top) = ((side - image.size.width) / 2, (side - image.size.height) / 2)
    var pixels = Array(repeatElement(colour, count: side * side).joined())
    for y in 0..<image.size.height {
      for index in 0..<(image.size.width * 3) {
        pixels[((y + top) * side + left) * 3 + index] = image.pixels[y * image.size.width * 3 + index]
      }
    }
    return RGBImage(size: ImageSize(width: side, height: side), pixels: pixels)
  }

  @Test func normalizationIsTheOriginalsTable() {
    let table = Preprocessor(policy: .pad).normalization.table
    #expect(Golden.digest(table) == "5d23c0b115c373c73875b37dce36aa6a54af484dd4332d5f9d07d6ebecb20900")
    #expect(Golden.digestOfHalves(table) == "7b87010582244f3bea7a96025f682d60a45a9ac2174d1d07b1ad4815c2b05149")
  }

  @Test func theTableEqualsTheOriginalsArithmeticForAnyConfiguration() {
    let mean = [0.5, 0.4578275, 0.1]
    let std = [0.5, 0.26130258, 0.3]
    let table = Normalization(mean: mean, std: std).table
    for channel in 0..<3 {
      for pixel in 0..<256 {
        let rescaled = Float(Double(pixel) * 0.00392156862745098)
        #expect(table[channel * 256 + pixel] == (rescaled - Float(mean[channel])) / Float(std[channel]))
      }
    }
  }

  @Test func theColourOfThePaddingIsTheMeanRoundedDown() {
    #expect(Preprocessor(policy: .pad).padding == [122, 116, 104])
    #expect(Preprocessor(policy: .pad, mean: [0, 0.5, 1]).padding == [0, 127, 255])
  }
}
