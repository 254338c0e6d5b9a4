import Imaging
import TilePlan

/// Picture files.
enum FuzzedImages {
  /// A large picture takes long and shows nothing that a small one does not.
  private static let limits = ImageLimits(byteCount: 1 << 16, pixelCount: 1 << 14)

  static func readHeader(_ input: [UInt8]) {
    guard let header = try? ImageHeader(input) else { return }
    precondition(header.size.width > 0 && header.size.height > 0, "a picture of \(header.size)")
  }

  static func read(_ input: [UInt8]) {
    guard let image = try? ImageDecoder.decode(input, limits: limits, isCancelled: { false }) else { return }
    precondition(image.pixels.count == image.size.pixelCount * 3, "\(image.pixels.count) bytes for \(image.size)")
  }
}
