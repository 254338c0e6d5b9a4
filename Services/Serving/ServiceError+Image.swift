public import RPC
public import TilePlan

extension ServiceError {
  /// An image that is refused by its header, as its sender hears of it.
  public init(_ error: ImageError) { self.init(Self.code(of: error.code), error.message) }

  public static func code(of refusal: ImageError.Code) -> Code {
    switch refusal {
    case .notAnImage, .unsupportedFormat, .truncatedHeader, .corruptHeader: .unsupportedImage
    case .tooManyBytes, .tooManyPixels, .tooElongated: .tooLarge
    }
  }
}
