import Contracts
import RPC
import TilePlan

/// An image of a prompt: what it is known by, and which rows of its views' features are its tokens.
struct PlannedImage: Sendable {
  let key: [UInt8]
  let viewCount: Int
  /// Rows of one view's features.
  let tokensPerView: Int
  let tokenCount: Int
  private let plan: TilePlan

  /// The gateway has made the same plan; throws where it has made another, or the model cannot follow it.
  init(_ reference: ImageReference, contract: FeatureContract, endsRows: Bool) throws(ServiceError) {
    let plan = TilePlan(
      of: reference.size, policy: reference.policy, viewSide: contract.imageSide, patchSide: contract.patchSide)
    guard reference.key.count == 32, reference.viewCount == plan.views.count else {
      throw ServiceError(
        .invalidRequest,
        "an image of \(reference.size): expected a key of 32 bytes and \(plan.views.count) views, found "
          + "\(reference.key.count) bytes and \(reference.viewCount) views")
    }
    key = reference.key
    viewCount = plan.views.count
    tokensPerView = contract.tokenCount
    self.plan = plan
    guard let tiling = reference.policy.tiling else {
      tokenCount = contract.tokenCount
      return
    }
    tokenCount = plan.tokenCount
    guard contract.tokenCount == plan.tokensPerView, endsRows || !tiling.endsRows else {
      throw ServiceError(
        .incompatible,
        contract.tokenCount == plan.tokensPerView
          ? "the model has no vector that ends a row of tiles: it was never trained for them"
          : "features with a class token (\(contract.tokenCount) rows) cannot be laid side by side as tiles")
    }
  }

  /// For each token the row it comes from, counted over all views; the number behind the last is what ends a row.
  var sourceRows: [Int] { plan.policy.tiling == nil ? Array(0..<tokenCount) : plan.sourceRows }

  /// How many of the first tokens can be computed with the features of these views alone.
  func leadingTokenCount(with views: [Int]) -> Int {
    let end = viewCount * tokensPerView
    return sourceRows.prefix { $0 == end || views.contains($0 / tokensPerView) }.count
  }
}
