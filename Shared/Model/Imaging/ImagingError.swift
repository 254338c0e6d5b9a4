public import TilePlan

/// Why a file did not become a picture.
public struct ImagingError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// By its header alone: no picture, of an unsupported kind, or over a limit.
    case refused(ImageError.Code)
    /// The file ends before its picture does.
    case truncated
    /// The file contradicts its format.
    case corrupt
    /// A variant of JPEG, PNG or WebP that is not read.
    case unsupported
    /// Nobody waits for the picture any more.
    case cancelled
    /// Ours: no memory for a picture within the limits.
    case outOfMemory
  }

  public let code: Code
  /// What is wrong, and with which file format and size.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: ImageError) { self.init(.refused(error.code), error.message) }

  public var description: String { message }
}
