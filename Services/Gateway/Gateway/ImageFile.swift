import Contracts
import Crypto
import RPC
import Serving
import TilePlan

/// An image as it was received, and what its header says.
struct ImageFile: Sendable {
  let bytes: [UInt8]
  /// SHA-256 of the bytes.
  let digest: [UInt8]
  let size: ImageSize

  /// Reads the header; throws `unsupportedImage` or `tooLarge` before a pixel is decoded.
  init(_ bytes: [UInt8], limits: ImageLimits) throws(ServiceError) {
    do throws(ImageError) {
      let header = try ImageHeader(bytes)
      try limits.check(header, byteCount: bytes.count)
      size = header.size
    } catch {
      throw ServiceError(error)
    }
    self.bytes = bytes
    digest = Array(SHA256.hash(data: bytes))
  }
}

/// What a feature is kept under: the file's bytes, how they become views, and which tower sees them. Never less: the same
/// bytes under another policy, another tiling or another limit of tiles, or before another tower, are another feature.
struct FeatureKey: Hashable, Sendable {
  /// SHA-256; 32 bytes.
  let bytes: [UInt8]

  init(
    of image: ImageFile, policy: ImagePolicy, element: FeatureElement, pixels: FeatureElement, card: ModelCard,
    precision: String
  ) {
    var hash = SHA256()
    hash.update(data: image.digest)
    let identity = policy.identity
    hash.update(data: Array("\(identity.count)/".utf8) + identity)
    hash.update(
      data: Array(
        "\(element.rawValue)/\(pixels.rawValue)/\(card.contract)/\(card.towerName ?? "")/\(precision)/"
          .utf8))
    hash.update(data: card.towerFingerprint)
    bytes = Array(hash.finalize())
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The key of one of the image's views.
  func view(_ index: Int) -> FeatureKey {
    var hash = SHA256()
    hash.update(data: bytes)
    hash.update(data: Array("view \(index)".utf8))
    return FeatureKey(Array(hash.finalize()))
  }
}
