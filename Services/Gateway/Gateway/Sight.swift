import Contracts
import TilePlan

/// An image of a question: what was sent, how it is looked at, and under which key its features are kept.
struct Sight: Sendable {
  /// What became of it, where this gateway had to fetch its features.
  struct Seen: Sendable {
    let entry: FeatureStore.Entry
    let source: FeatureSource
  }

  let file: ImageFile
  let policy: PreprocessingPolicy
  let element: FeatureElement
  let pixels: FeatureElement
  let key: FeatureKey
  let plan: TilePlan
  private let tokensPerView: Int

  /// As `request` wants it looked at.
  init(of file: ImageFile, _ request: AskRequest, model: Model) {
    let card = model.card
    self.file = file
    policy = request.policy ?? card.policy(as: request.reference)
    element = request.element
    pixels = request.pixels
    key = FeatureKey(of: file, policy: policy, element: element, pixels: pixels, card: card, precision: model.precision)
    plan = TilePlan(
      of: file.size, policy: policy == .pad ? .pad : .crop, viewSide: card.contract.imageSide,
      patchSide: card.contract.patchSide)
    tokensPerView = card.contract.tokenCount
  }

  var reference: ImageReference { ImageReference(key: key.bytes, viewCount: plan.views.count) }

  var encodeRequest: EncodeRequest {
    EncodeRequest(
      policy: policy, element: element, pixels: pixels, imageByteCount: file.bytes.count, imageDigest: file.digest)
  }

  /// What the model was shown. Without `seen` the decoder knew the image, and nobody fetched a feature.
  func receipt(_ seen: Seen?) -> SightReceipt {
    SightReceipt(
      digest: file.digest, width: file.size.width, height: file.size.height, policy: policy, pixels: pixels,
      element: element, viewCount: plan.views.count, tokenCount: plan.views.count * tokensPerView,
      featureDigest: seen?.entry.image.digest ?? [], source: seen?.source ?? .decoder, worker: seen?.entry.worker ?? "")
  }
}
