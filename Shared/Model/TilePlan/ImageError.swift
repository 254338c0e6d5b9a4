/// Why an image is refused before any of its pixels are read. Always the sender's side.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The bytes begin like no picture file.
    case notAnImage
    /// A picture of a kind that is not read; its name.
    case unsupportedFormat(String)
    /// The bytes end before the size is known.
    case truncatedHeader
    /// The header contradicts its own format.
    case corruptHeader
    /// The file is larger than `ImageLimits.byteCount`.
    case tooManyBytes(found: Int, allowed: Int)
    /// The picture is larger than `ImageLimits.pixelCount`.
    case tooManyPixels(found: Int, allowed: Int)
    /// The long side is more than `allowed` times the short one.
    case tooElongated(found: ImageSize, allowed: Int)
  }

  public let code: Code
  /// What is wrong, what was found, what was expected.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
