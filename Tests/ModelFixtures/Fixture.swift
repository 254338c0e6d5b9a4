public import Checkpoint
import Foundation
public import Imaging
import TilePlan

/// Models and pictures that lie in the repository.
public enum Fixture {
  /// The random-weight model of `deploy/golden/tinyfix`.
  public static func tiny() throws -> Checkpoint { try Checkpoint(ModelPaths(path("deploy/golden/tinyfix"))) }

  /// The demonstration model.
  public static func demo() throws -> Checkpoint { try Checkpoint(ModelPaths(path("deploy/models/demo"))) }

  /// The absolute path of what lies at `path` in the repository.
  public static func path(_ path: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../\(path)")
      .standardizedFileURL.path
  }

  /// Normalised pixels of a picture in the repository, padded.
  public static func pixels(of picture: String, side: Int = 336) throws -> [Float] {
    pixels(of: try ImageDecoder.decode(try bytes(of: picture)), side: side)
  }

  /// A file of the repository.
  public static func bytes(of file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(file))))
  }

  /// Normalised pixels of the synthetic image that the golden values were made with, padded.
  public static func syntheticPixels(width: Int = 640, height: Int = 480) -> [Float] {
    pixels(of: synthetic(width: width, height: height))
  }

  /// The synthetic image: its value is `(7x + 13y + 29c + (xy mod 251)) mod 256` at column x, row y, channel c.
  public static func synthetic(width: Int, height: Int) -> RGBImage {
    var values: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 { values.append(UInt8((7 * x + 13 * y + 29 * channel + x * y % 251) % 256)) }
      }
    }
    return RGBImage(size: ImageSize(width: width, height: height), pixels: values)
  }

  private static func pixels(of image: RGBImage, side: Int = 336) -> [Float] {
    let preprocessor = Preprocessor(policy: .pad, side: side)
    return preprocessor.normalized(preprocessor.views(of: image)[0])
  }
}
