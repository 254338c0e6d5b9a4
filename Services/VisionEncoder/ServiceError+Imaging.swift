import Contracts
import Imaging
import RPC
import Serving
import TilePlan

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

extension Preprocessor {
  /// One preprocessor for each policy there is.
  static func byPolicy(_ contract: FeatureContract) -> [PreprocessingPolicy: Preprocessor] {
    func preprocessor(_ policy: ImagePolicy) -> Preprocessor {
      Preprocessor(
        policy: policy, side: contract.imageSide, patch: contract.patchSide, mean: contract.mean.map(Double.init),
        std: contract.standardDeviation.map(Double.init))
    }
    return [.pad: preprocessor(.pad), .crop: preprocessor(.crop)]
  }
}
