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
