import CMessages
import RPC

/// Which model a worker serves.
public struct ModelCard: Hashable, Sendable {
  public var name: String
  public var contract: FeatureContract
  /// SHA-256 over samples of the vision tower's weights; 32 bytes.
  public var towerFingerprint: [UInt8]
  /// The arithmetic of the worker, for people.
  public var precision: String
  /// How the checkpoint wants its images, unless a request says otherwise.
  public var policy: PreprocessingPolicy
  /// The demonstration model, which must not be taken for a real one.
  public var isDemonstration: Bool
  /// Of a decoder: tokens that a prompt and its answer may have together.
  public var contextLength: Int?

  public init(
    name: String, contract: FeatureContract, towerFingerprint: [UInt8], precision: String,
    policy: PreprocessingPolicy, isDemonstration: Bool, contextLength: Int? = nil
  ) {
    self.name = name
    self.contract = contract
    self.towerFingerprint = towerFingerprint
    self.precision = precision
    self.policy = policy
    self.isDemonstration = isDemonstration
    self.contextLength = contextLength
  }

  /// Why features of `encoder` must not reach `self`, or nothing where they may.
  public func mismatch(with encoder: ModelCard) -> String? {
    if contract != encoder.contract {
      return "feature contracts differ: the decoder expects \(contract); the vision worker makes \(encoder.contract)"
    }
    if towerFingerprint != encoder.towerFingerprint {
      return "vision towers differ: the decoder was trained with \(Self.short(towerFingerprint)), "
        + "the vision worker has \(Self.short(encoder.towerFingerprint))"
    }
    return nil
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
      isDemonstration: message.is_demonstration != 0,
      contextLength: message.has_context_length != 0 ? Int(message.context_length) : nil)
  }

  func fill(_ message: inout Llava__V1__ModelCard, _ arena: Arena) {
    message.name = arena.text(name)
    message.contract = arena.message(contract)
    message.tower_fingerprint = arena.bytes(towerFingerprint)
    message.precision = arena.text(precision)
    message.policy = policy.number
    message.is_demonstration = isDemonstration ? 1 : 0
    message.has_context_length = contextLength == nil ? 0 : 1
    message.context_length = UInt32(contextLength ?? 0)
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
