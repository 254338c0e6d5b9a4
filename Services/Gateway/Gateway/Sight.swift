import Contracts
import RPC
import TilePlan

/// An image of a question: what was sent, how it is looked at, and under which key its features are kept.
struct Sight: Sendable {
  /// What became of it, where this gateway had to fetch its features.
  struct Seen: Sendable {
    /// Over the features of all views.
    let digest: [UInt8]
    let source: FeatureSource
    /// Each once, in the order of the views.
    let workers: [String]
    /// What was spent on it, for this question.
    let timings: [Timing]
  }

  let file: ImageFile
  let policy: ImagePolicy
  let element: FeatureElement
  let pixels: FeatureElement
  let key: FeatureKey
  let plan: TilePlan
  /// Of one view.
  private let featureCount: Int
  private let isUntrained: Bool
  private let tokenCount: Int

  /// As `request` wants it looked at; throws where that is in parts, which the model was never trained for, and the
  /// request does not accept it. `salt` is the asker's.
  init(of file: ImageFile, _ request: AskRequest, model: Model, salt: TenantSalt = .none) throws(ServiceError) {
    let card = model.card
    guard let policy = card.policy(as: request.reference, request.seeing) else {
      throw ServiceError(
        .invalidRequest,
        "\(card.name) was never trained to see a picture in parts: take a model that was, or accept what it makes of "
          + "them (--hd-untrained)")
    }
    self.file = file
    self.policy = policy
    element = request.element
    pixels = request.pixels
    key = FeatureKey(
      of: file, policy: policy, element: element, pixels: pixels, card: card, precision: model.precision, salt: salt)
    plan = TilePlan(
      of: file.size, policy: policy, viewSide: card.contract.imageSide, patchSide: card.contract.patchSide)
    featureCount = card.contract.tokenCount * card.contract.width
    isUntrained = policy.tiling != nil && card.tiling == nil
    tokenCount = policy.tiling == nil ? card.contract.tokenCount : plan.tokenCount
  }

  var reference: ImageReference {
    ImageReference(key: key.bytes, viewCount: plan.views.count, size: file.size, policy: policy)
  }

  var encodeRequest: EncodeRequest {
    EncodeRequest(
      policy: policy, element: element, pixels: pixels, imageByteCount: file.bytes.count, imageDigest: file.digest)
  }

  var prepareRequest: PrepareRequest {
    PrepareRequest(policy: policy, imageByteCount: file.bytes.count, imageDigest: file.digest)
  }

  /// What its views may take here: their pixels, where several workers encode them, and their features.
  var viewByteCount: Int {
    let pixelCount = plan.views.count == 1 ? 0 : plan.viewSide * plan.viewSide * 3
    return plan.views.count * (pixelCount + featureCount * element.byteCount)
  }

  /// What the model was shown. Without `seen` the decoder knew the image, and nobody fetched a feature.
  func receipt(_ seen: Seen?) -> SightReceipt {
    SightReceipt(
      digest: file.digest, width: file.size.width, height: file.size.height, policy: policy, pixels: pixels,
      element: element, viewCount: plan.views.count, tokenCount: tokenCount, featureDigest: seen?.digest ?? [],
      source: seen?.source ?? .decoder, worker: seen?.workers.joined(separator: ", ") ?? "", grid: plan.grid,
      isUntrained: isUntrained)
  }
}
