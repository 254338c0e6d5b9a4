import CMessages
import RPC
public import TilePlan

/// Which model a worker serves.
public struct ModelCard: Hashable, Sendable {
  public var name: String
  public var contract: FeatureContract
  /// SHA-256 over samples of the vision tower's weights, 32 bytes; empty where a decoder's files have no tower.
  public var towerFingerprint: [UInt8]
  /// The arithmetic of the worker, for people.
  public var precision: String
  /// How the original has its images, unless the checkpoint or a request says otherwise.
  public var policy: PreprocessingPolicy
  /// How transformers has the checkpoint's images.
  public var transformersPolicy: PreprocessingPolicy
  /// Whose behaviour a request gets that does not say.
  public var reference: Reference
  /// Of a model whose tower is published apart: how its configuration calls it.
  public var towerName: String?
  /// The demonstration model, which must not be taken for a real one.
  public var isDemonstration: Bool
  /// Of a decoder: tokens that a prompt and its answer may have together.
  public var contextLength: Int?
  /// How the weights were trained to see a picture in parts; nothing for a model that never saw parts.
  public var tiling: Tiling?
  /// How transformers has those parts.
  public var transformersTiling: Tiling?
  /// Of a decoder: SHA-256 over all that the bits of its numbers depend on. Where it is the same, the same comes out: an
  /// answer that one has begun another goes on with. Empty where that is not known.
  public var arithmetic: [UInt8]

  public init(
    name: String, contract: FeatureContract, towerFingerprint: [UInt8], precision: String,
    policy: PreprocessingPolicy, transformersPolicy: PreprocessingPolicy = .crop, reference: Reference = .original,
    towerName: String? = nil, isDemonstration: Bool, contextLength: Int? = nil, tiling: Tiling? = nil,
    transformersTiling: Tiling? = nil, arithmetic: [UInt8] = []
  ) {
    self.name = name
    self.contract = contract
    self.towerFingerprint = towerFingerprint
    self.precision = precision
    self.policy = policy
    self.transformersPolicy = transformersPolicy
    self.reference = reference
    self.towerName = towerName
    self.isDemonstration = isDemonstration
    self.contextLength = contextLength
    self.tiling = tiling
    self.transformersTiling = transformersTiling
    self.arithmetic = arithmetic
  }

  /// Why features of `encoder` must not reach `self`, or nothing where they may.
  public func mismatch(with encoder: ModelCard) -> String? {
    if contract != encoder.contract {
      return "feature contracts differ: the decoder expects \(contract); the vision worker makes \(encoder.contract)"
    }
    // Without a tower of its own the decoder knows the tower by its published name only.
    if towerFingerprint.isEmpty, let towerName {
      guard towerName != encoder.towerName else { return nil }
      return "vision towers differ: the decoder was trained with \(towerName), the vision worker serves "
        + (encoder.towerName ?? Self.short(encoder.towerFingerprint))
    }
    if towerFingerprint != encoder.towerFingerprint {
      return "vision towers differ: the decoder was trained with \(Self.short(towerFingerprint)), "
        + "the vision worker has \(Self.short(encoder.towerFingerprint))"
    }
    return nil
  }

  /// How images are seen; nothing where that would be in parts, which the model was never trained for, and nobody has
  /// accepted it.
  public func policy(as reference: Reference?, _ seeing: Seeing) -> ImagePolicy? {
    switch reference ?? self.reference {
    case .original: seeing.policy(trainedWith: tiling, otherwise: policy.imagePolicy)
    case .transformers: seeing.policy(trainedWith: transformersTiling, otherwise: transformersPolicy.imagePolicy)
    }
  }

  /// From now on everything is seen in one view, as by a model that never saw parts.
  public mutating func see(by policy: PreprocessingPolicy) {
    (self.policy, transformersPolicy, tiling, transformersTiling) = (policy, policy, nil, nil)
  }

  private static func short(_ fingerprint: [UInt8]) -> String { fingerprint.prefix(6).hexadecimal }
}

extension ModelCard: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__ModelCard>?) -> Void { llava__v1__model_card__init }

  init(_ message: Llava__V1__ModelCard) throws(ServiceError) {
    guard let contract: FeatureContract = try value(message.contract) else {
      throw ServiceError(.invalidRequest, "ModelCard: no feature contract")
    }
    self.init(
      name: try String(message.name, of: "ModelCard.name"), contract: contract,
      towerFingerprint: [UInt8](message.tower_fingerprint),
      precision: try String(message.precision, of: "ModelCard.precision"), policy: PreprocessingPolicy(message.policy),
      transformersPolicy: PreprocessingPolicy(message.transformers_policy), reference: Reference(message.reference),
      towerName: message.has_tower_name != 0 ? try String(message.tower_name, of: "ModelCard.tower_name") : nil,
      isDemonstration: message.is_demonstration != 0,
      contextLength: message.has_context_length != 0 ? Int(message.context_length) : nil,
      tiling: try value(message.tiling), transformersTiling: try value(message.transformers_tiling),
      arithmetic: message.has_arithmetic != 0 ? [UInt8](message.arithmetic) : [])
  }

  func fill(_ message: inout Llava__V1__ModelCard, _ arena: Arena) {
    message.name = arena.text(name)
    message.contract = arena.message(contract)
    message.tower_fingerprint = arena.bytes(towerFingerprint)
    message.precision = arena.text(precision)
    message.policy = policy.number
    message.transformers_policy = transformersPolicy.number
    message.reference = reference.number
    if let towerName { (message.has_tower_name, message.tower_name) = (1, arena.text(towerName)) }
    message.is_demonstration = isDemonstration ? 1 : 0
    message.has_context_length = contextLength == nil ? 0 : 1
    message.context_length = UInt32(contextLength ?? 0)
    message.tiling = arena.optional(tiling)
    message.transformers_tiling = arena.optional(transformersTiling)
    if !arithmetic.isEmpty { (message.has_arithmetic, message.arithmetic) = (1, arena.bytes(arithmetic)) }
  }
}

extension Sequence<UInt8> {
  /// Two digits a byte.
  public var hexadecimal: String {
    map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
