import Contracts
import Imaging
import RPC
import Serving

extension ServiceError {
  /// A file that did not become a picture, as its sender hears of it.
  init(_ error: ImagingError) {
    let code: Code =
      switch error.code {
      case .refused(let refusal): Self.code(of: refusal)
      case .truncated, .corrupt, .unsupported: .unsupportedImage
      case .cancelled: .cancelled
      case .outOfMemory: .overloaded
      }
    self.init(code, error.message)
  }
}
