import Clusters
import Contracts
import Crypto
import Imaging
import Numerics
import TestSupport
import TilePlan
import VisionModel

/// A small random picture, and what is to be seen of it: computed here by itself, with no network, cache or queue between.
struct Picture: Sendable {
  /// How a question looks at it.
  struct Look: Sendable {
    let viewCount: Int
    /// The code of each token that it takes in a prompt.
    let codes: [UInt64]
    /// As receipts have it.
    let featureDigest: [UInt8]
  }

  let file: [UInt8]
  let digest: [UInt8]
  let size: ImageSize
  let whole: Look
  let split: Look

  init(_ number: Int, _ card: ModelCard, _ tower: VisionTower) throws {
    var generator = SeededGenerator(seed: UInt64(number))
    let (width, height) = (Int.random(in: 6...24, using: &generator), Int.random(in: 6...24, using: &generator))
    file = PNG.file(width: width, height: height) { _, _, _ in UInt8.random(in: 0...255, using: &generator) }
    digest = Array(SHA256.hash(data: file))
    size = ImageSize(width: width, height: height)
    whole = try Look(of: file, Picture.policy(isSplit: false, card), card, tower)
    split = try Look(of: file, Picture.policy(isSplit: true, card), card, tower)
  }

  func look(isSplit: Bool) -> Look { isSplit ? split : whole }

  private static func policy(isSplit: Bool, _ card: ModelCard) -> ImagePolicy {
    isSplit ? .tiles(card.tiling!) : .pad
  }
}

extension Picture.Look {
  init(of file: [UInt8], _ policy: ImagePolicy, _ card: ModelCard, _ tower: VisionTower) throws {
    let contract = card.contract
    let preprocessor = Preprocessor(
      policy: policy, side: contract.imageSide, patch: contract.patchSide, mean: contract.mean.map(Double.init),
      std: contract.standardDeviation.map(Double.init))
    let (size, views) = try preprocessor.views(decoding: file)
    let features = tower.encode(views.map { preprocessor.normalized($0) }).map { tensor in
      ViewFeatures(
        element: .f16, tokenCount: tensor!.rows, width: tensor!.columns, bytes: tensor!.encoded(as: .f16))
    }
    let rows = features.flatMap(Voice.codes) + [Voice.rowEndCode]
    let plan = TilePlan(of: size, policy: policy, viewSide: contract.imageSide, patchSide: contract.patchSide)
    viewCount = views.count
    codes = policy.tiling == nil ? Array(rows.dropLast()) : plan.sourceRows.map { rows[$0] }
    featureDigest = ViewFeatures.digest(of: features.map(\.digest))
  }
}
