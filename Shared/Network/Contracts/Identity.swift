import CMessages
import CProtobufC
import RPC

/// What kind of process is at the other end.
public enum Role: UInt32, Sendable { case client = 1, gateway, vision, decoder }

/// How an image of any size becomes square views, by the name that a command line gives it.
public enum PreprocessingPolicy: String, Sendable, CaseIterable {
  case pad, crop

  var number: Llava__V1__ImagePolicy { self == .pad ? LLAVA__V1__IMAGE_POLICY__PAD : LLAVA__V1__IMAGE_POLICY__CROP }

  init(_ number: Llava__V1__ImagePolicy) { self = number == LLAVA__V1__IMAGE_POLICY__CROP ? .crop : .pad }
}

/// How one number of a feature is stored on the wire.
public enum FeatureElement: String, Sendable, CaseIterable {
  case f16, f32

  public var byteCount: Int { self == .f16 ? 2 : 4 }

  var number: Llava__V1__Element { self == .f16 ? LLAVA__V1__ELEMENT__F16 : LLAVA__V1__ELEMENT__F32 }

  init(_ number: Llava__V1__Element) { self = number == LLAVA__V1__ELEMENT__F32 ? .f32 : .f16 }
}

/// Whose behaviour is reproduced where published programs differ on the same weights, by the name that a command line
/// gives it.
public enum Reference: String, Sendable, CaseIterable {
  /// haotian-liu/LLaVA: how the weights were trained and evaluated.
  case original
  /// What the processor and the chat template in the checkpoint's files make of a question.
  case transformers

  var number: Llava__V1__Reference {
    self == .original ? LLAVA__V1__REFERENCE__ORIGINAL : LLAVA__V1__REFERENCE__TRANSFORMERS
  }

  init(_ number: Llava__V1__Reference) {
    self = number == LLAVA__V1__REFERENCE__TRANSFORMERS ? .transformers : .original
  }
}

/// What a feature is; two processes that differ in any field must never exchange one.
public struct FeatureContract: Hashable, Sendable {
  public var imageSide: Int
  public var patchSide: Int
  public var mean: [Float]
  public var standardDeviation: [Float]
  /// The tower's hidden states that lie side by side in a feature: 0 is the embedding, N what comes after layer N.
  public var layers: [Int]
  public var keepsClassToken: Bool
  /// Rows of one view's features.
  public var tokenCount: Int
  /// Columns of one view's features.
  public var width: Int

  public init(
    imageSide: Int, patchSide: Int, mean: [Float], standardDeviation: [Float], layers: [Int], keepsClassToken: Bool,
    tokenCount: Int, width: Int
  ) {
    self.imageSide = imageSide
    self.patchSide = patchSide
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.layers = layers
    self.keepsClassToken = keepsClassToken
    self.tokenCount = tokenCount
    self.width = width
  }
}

extension FeatureContract: WireMessage, CustomStringConvertible {
  static var initialize: (UnsafeMutablePointer<Llava__V1__FeatureContract>?) -> Void {
    llava__v1__feature_contract__init
  }

  init(_ message: Llava__V1__FeatureContract) throws(ServiceError) {
    self.init(
      imageSide: Int(message.image_side), patchSide: Int(message.patch_side),
      mean: scalars(message.mean, message.n_mean),
      standardDeviation: scalars(message.std, message.n_std),
      layers: scalars(message.layers, message.n_layers).map { Int($0) },
      keepsClassToken: message.keeps_class_token != 0, tokenCount: Int(message.token_count), width: Int(message.width))
  }

  func fill(_ message: inout Llava__V1__FeatureContract, _ arena: Arena) {
    message.image_side = UInt32(imageSide)
    message.patch_side = UInt32(patchSide)
    (message.n_mean, message.mean) = (mean.count, arena.array(mean))
    (message.n_std, message.std) = (standardDeviation.count, arena.array(standardDeviation))
    (message.n_layers, message.layers) = (layers.count, arena.array(layers.map { UInt32($0) }))
    message.keeps_class_token = keepsClassToken ? 1 : 0
    message.token_count = UInt32(tokenCount)
    message.width = UInt32(width)
  }

  public var description: String {
    "\(tokenCount) x \(width) from \(layers.count == 1 ? "layer \(layers[0])" : "layers \(layers)") of \(imageSide) px in patches of \(patchSide), mean \(mean), "
      + "std \(standardDeviation)" + (keepsClassToken ? ", with the class token" : "")
  }
}
