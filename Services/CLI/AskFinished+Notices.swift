import Contracts
import Launch

extension AskFinished {
  /// What people have to be told of an answer, lest they take it for more than it is.
  var notices: [String] {
    (isDemonstration ? [ModelLocation.demonstrationNotice] : [])
      + (images.contains(where: \.isUntrained)
        ? ["\(model) was never trained to see a picture in parts: the answer is nobody's trained behaviour"] : [])
  }
}
