import Contracts
import Crypto
import FeatureTiers
import TilePlan

/// What keeps the entries of one tenant from all others: who has another salt has other keys.
struct TenantSalt: Hashable, Sendable {
  /// For gateways that do not tell tenants apart.
  static let none = TenantSalt(bytes: [])

  let bytes: [UInt8]
}

/// What a feature is kept under: the file's bytes, how they become views, which tower sees them, and whose they are. Never
/// less: the same bytes under another policy, another tiling or another limit of tiles, before another tower, or of
/// another tenant, are another feature.
struct FeatureKey: Hashable, Sendable {
  /// SHA-256; 32 bytes.
  let bytes: [UInt8]
  /// SHA-256 of what a feature has to be for its model, whatever the picture.
  let contract: [UInt8]

  init(
    of image: ImageFile, policy: ImagePolicy, element: FeatureElement, pixels: FeatureElement, card: ModelCard,
    precision: String, salt: TenantSalt = .none
  ) {
    let terms = "\(element.rawValue)/\(pixels.rawValue)/\(card.contract)/\(card.towerName ?? "")/\(precision)/"
    contract = Array(SHA256.hash(data: Array(terms.utf8) + card.towerFingerprint))
    var hash = SHA256()
    hash.update(data: image.digest + contract)
    for part in [policy.identity, salt.bytes] { hash.update(data: Array("\(part.count)/".utf8) + part) }
    bytes = Array(hash.finalize())
  }

  private init(_ bytes: [UInt8], contract: [UInt8]) {
    self.bytes = bytes
    self.contract = contract
  }

  /// The key of one of the image's views.
  func view(_ index: Int) -> FeatureKey {
    FeatureKey(Array(SHA256.hash(data: bytes + Array("view \(index)".utf8))), contract: contract)
  }

  /// The same, for tiers beyond this process.
  var tierKey: TierKey { TierKey(bytes: bytes, contract: contract) }
}
