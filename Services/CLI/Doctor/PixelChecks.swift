import Concurrency
import Crypto
import Foundation
import Imaging
import Launch
import Numerics
import TilePlan

/// Whether pictures become the originals' pixels, bit for bit.
struct PixelChecks: Sendable {
  let golden: GoldenSet
  let thread: any ComputeThread

  var checks: [Check] {
    [
      Check(.pixels, "JPEG files", advice: GoldenSet.advice, on: thread) { try decoding() },
      Check(.pixels, "pad, as the original", advice: GoldenSet.advice, on: thread) { try preprocessing(.pad, \.pad) },
      Check(.pixels, "crop, as transformers", advice: GoldenSet.advice, on: thread) {
        try preprocessing(.crop, \.crop)
      },
    ]
  }

  private struct GoldenJPEG: Decodable {
    var file: String
    var rgb: String
  }

  private func decoding() throws -> Outcome {
    var differences = Differences()
    for (name, expected) in try golden.json("imaging/jpeg.json", as: [String: GoldenJPEG].self).sorted(by: {
      $0.key < $1.key
    }) {
      let bytes = try golden.bytes("imaging/\(name).jpg")
      differences.compare("\(name).jpg itself", digest(bytes), expected.file)
      differences.compare("pixels of \(name).jpg", digest(try ImageDecoder.decode(bytes).pixels), expected.rgb)
    }
    return differences.outcome(
      advice:
        "install a current libjpeg-turbo (Debian: libjpeg62-turbo), or llava again if its golden files were changed")
  }

  private struct GoldenPictures: Decodable {
    struct Picture: Decodable {
      var pad: View
      var crop: View
    }
    struct View: Decodable {
      var pixels: String
      var floats: String
      var halves: String

      enum CodingKeys: String, CodingKey {
        case pixels = "u8_hwc"
        case floats = "f32_chw"
        case halves = "f16_chw"
      }
    }
    var images: [String: Picture]
  }

  private func preprocessing(
    _ policy: ImagePolicy, _ view: (GoldenPictures.Picture) -> GoldenPictures.View
  ) throws -> Outcome {
    let preprocessor = Preprocessor(policy: policy)
    var differences = Differences()
    let pictures = try golden.json("imaging/preprocessing.json", as: GoldenPictures.self).images
    for (name, picture) in pictures.sorted(by: { $0.key < $1.key }) {
      let sides = name.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ (1...4096).contains($0) }) else {
        throw LaunchError(.file, "imaging/preprocessing.json: expected WIDTHxHEIGHT, found '\(name)'")
      }
      let expected = view(picture)
      let found = preprocessor.views(of: .synthetic(ImageSize(width: sides[0], height: sides[1])))[0]
      let values = preprocessor.normalized(found)
      differences.compare("\(name) u8", digest(found.pixels), expected.pixels)
      differences.compare("\(name) f32", digest(ElementType.f32.encoded(values)), expected.floats)
      differences.compare("\(name) f16", digest(ElementType.f16.encoded(values)), expected.halves)
    }
    return differences.outcome(advice: GoldenSet.advice)
  }

  private func digest(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// What was compared by digest, and what came out otherwise.
private struct Differences {
  private var count = 0
  private var found: [String] = []

  /// `expected` is the beginning of a SHA-256; fewer than eight bytes of it would prove nothing.
  mutating func compare(_ what: String, _ digest: String, _ expected: String) {
    count += 1
    guard expected.count < 16 || !digest.hasPrefix(expected) else { return }
    found.append("\(what): expected sha256 \(expected), found \(digest.prefix(max(16, expected.count)))")
  }

  func outcome(advice: String) -> Outcome {
    guard count > 0 else { return .failed("the golden set has nothing to compare with", advice: advice) }
    guard let first = found.first else { return .passed("\(count) digests, bit for bit") }
    return .failed("\(found.count) of \(count) digests differ: \(first)", advice: advice)
  }
}
