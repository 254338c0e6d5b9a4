import Crypto
import Foundation
import Imaging
import TilePlan

/// The files in `Tests/Golden/imaging`, `Tests/Golden/tiles` and `deploy/golden/imaging`, by their names in one of them;
/// READMEs there say what made them.
enum Golden {
  private static let folders = ["Tests/Golden/imaging", "Tests/Golden/tiles", "deploy/golden/imaging"].map { folder in
    URL(filePath: #filePath).appending(path: "../../../\(folder)").standardizedFileURL
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let files = folders.map { $0.appending(path: name) }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) } ?? files[0]
    return [UInt8](try Data(contentsOf: file))
  }

  static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes(name)))
  }

  /// Why the bytes do not decode; nil where they do.
  static func failure(of bytes: [UInt8], limits: ImageLimits = ImageLimits()) -> ImagingError.Code? {
    do {
      _ = try ImageDecoder.decode(bytes, limits: limits)
      return nil
    } catch {
      return error.code
    }
  }

  /// SHA-256 in hexadecimal.
  static func digest(_ bytes: some Sequence<UInt8>) -> String {
    SHA256.hash(data: Data(bytes)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// SHA-256 of the values' little-endian bytes.
  static func digest(_ values: [Float]) -> String {
    digest(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
  }

  /// SHA-256 of the values' little-endian bytes after rounding to fp16.
  static func digestOfHalves(_ values: [Float]) -> String {
    digest(values.flatMap { value in (0..<2).map { UInt8(truncatingIfNeeded: Float16(value).bitPattern >> (8 * $0)) } })
  }

  /// The picture that the golden values are about.
  static func synthetic(_ size: ImageSize) -> RGBImage {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size.pixelCount * 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        for channel in 0..<3 {
          pixels.append(UInt8((7 * x + 13 * y + 29 * channel + (x * y) % 251) % 256))
        }
      }
    }
    return RGBImage(size: size, pixels: pixels)
  }
}

/// `decoded.json`.
struct DecodedFixtures: Decodable {
  struct File: Decodable {
    let width: Int
    let height: Int
    let rgb: String
    let wholeFrom: Int?
  }

  struct View: Decodable {
    let width: Int
    let height: Int
    let side: Int
    let pad: String
    let crop: String
  }

  let files: [String: File]
  let views: [View]

  static func load() throws -> Self { try Golden.json("decoded.json", as: Self.self) }
}
