import Checkpoint
import Numerics
import Tokenizer

/// `config.json` of `LlavaForConditionalGeneration`, or of `LlavaNextForConditionalGeneration` for a model that sees pictures
/// in parts.
struct ConfigFile: Encodable {
  struct Vision: Encodable {
    var modelType = "clip_vision_model"
    var hiddenSize: Int
    var intermediateSize: Int
    var numHiddenLayers: Int
    var numAttentionHeads: Int
    var imageSize: Int
    var patchSize: Int
    var layerNormEps: Float
    var hiddenAct: String
    var projectionDim = 768
  }

  struct Text: Encodable {
    var modelType = "llama"
    var architectures = ["LlamaForCausalLM"]
    var hiddenSize: Int
    var intermediateSize: Int
    var numHiddenLayers: Int
    var numAttentionHeads: Int
    var numKeyValueHeads: Int
    var headDim: Int
    var hiddenAct = "silu"
    var maxPositionEmbeddings: Int
    var rmsNormEps: Float
    var ropeTheta: Double
    var vocabSize: Int
    var tieWordEmbeddings: Bool
    var bosTokenId: Int
    var eosTokenId: Int
    var padTokenId: Int
  }

  var modelType = "llava"
  var architectures = ["LlavaForConditionalGeneration"]
  var visionConfig: Vision
  var textConfig: Text
  var imageTokenIndex: Int
  var padTokenId: Int
  var ignoreIndex = -100
  var projectorHiddenAct: String
  var multimodalProjectorBias: Bool
  /// One number, or a list where features are made of several states.
  var visionFeatureLayer: OneOrMore
  var visionFeatureSelectStrategy: String
  var imageSeqLength: Int
  var imageGridPinpoints: [[Int]]?
  var tieWordEmbeddings: Bool

  enum OneOrMore: Encodable {
    case one(Int)
    case several([Int])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .one(let value): try container.encode(value)
      case .several(let values): try container.encode(values)
      }
    }
  }

  init(_ checkpoint: Checkpoint, _ vocabulary: ImageVocabulary) {
    let configuration = checkpoint.configuration
    let (vision, language) = (configuration.vision, configuration.language)
    // Counted from behind the last layer, as everybody writes them; layers that no feature needs may be missing.
    let layers = configuration.featureLayers.map { $0 - vision.layerCount - 1 }
    visionConfig = Vision(
      hiddenSize: vision.hiddenSize, intermediateSize: vision.intermediateSize, numHiddenLayers: vision.layerCount,
      numAttentionHeads: vision.headCount, imageSize: vision.imageSide, patchSize: vision.patchSide,
      layerNormEps: vision.layerNormEpsilon, hiddenAct: vision.activation.spelling)
    textConfig = Text(
      hiddenSize: language.hiddenSize, intermediateSize: language.intermediateSize,
      numHiddenLayers: language.layerCount, numAttentionHeads: language.headCount,
      numKeyValueHeads: language.keyValueHeadCount, headDim: language.headSize,
      maxPositionEmbeddings: language.contextLength, rmsNormEps: language.rmsNormEpsilon,
      ropeTheta: language.ropeTheta, vocabSize: vocabulary.rowCount, tieWordEmbeddings: language.tiesEmbeddings,
      bosTokenId: configuration.beginningOfSequenceID, eosTokenId: configuration.endOfSequenceIDs.first ?? 2,
      padTokenId: vocabulary.padID)
    imageTokenIndex = vocabulary.imageID
    padTokenId = vocabulary.padID
    projectorHiddenAct = configuration.projector.activation.spelling
    multimodalProjectorBias = configuration.projector.hasBias
    visionFeatureLayer = layers.count == 1 ? .one(layers[0]) : .several(layers)
    visionFeatureSelectStrategy = configuration.selectStrategy.rawValue
    imageSeqLength = configuration.featureCount
    imageGridPinpoints = configuration.pinpoints
    if imageGridPinpoints != nil {
      (modelType, architectures) = ("llava_next", ["LlavaNextForConditionalGeneration"])
    }
    tieWordEmbeddings = language.tiesEmbeddings
  }
}

extension Activation {
  /// As transformers spells it (`ACT2FN`).
  fileprivate var spelling: String {
    switch self {
    case .gelu: "gelu"
    case .geluTanh: "gelu_pytorch_tanh"
    case .quickGELU: "quick_gelu"
    case .silu: "silu"
    }
  }
}

struct GenerationFile: Encodable {
  var bosTokenId: Int
  var eosTokenId: [Int]
  var padTokenId: Int
}

extension ModelConfiguration {
  /// The grids as the files have them, in pixels; nil for a model that never saw a picture in parts.
  var pinpoints: [[Int]]? { grids?.map { [$0.columns * vision.imageSide, $0.rows * vision.imageSide] } }
}

/// `preprocessor_config.json`; padding is said only where the model's files said something of it.
struct PreprocessorFile: Encodable {
  struct Edge: Encodable { var shortestEdge: Int }
  struct Crop: Encodable { var height: Int, width: Int }

  var imageProcessorType: String
  var processorClass = "LlavaProcessor"
  var doResize = true
  var size: Edge
  var resample = 3
  var doCenterCrop = true
  var cropSize: Crop
  var doRescale = true
  var rescaleFactor = 0.00392156862745098
  var doNormalize = true
  var imageMean: [Float]
  var imageStd: [Float]
  var doConvertRgb = true
  var doPad: Bool?
  var imageGridPinpoints: [[Int]]?
  var imageAspectRatio: String?

  init(_ preprocessing: PreprocessingConfiguration, pinpoints: [[Int]]?) {
    let side = preprocessing.side
    imageProcessorType = preprocessing.padsToSquare == nil ? "CLIPImageProcessor" : "LlavaImageProcessor"
    size = Edge(shortestEdge: side)
    cropSize = Crop(height: side, width: side)
    imageMean = preprocessing.mean
    imageStd = preprocessing.standardDeviation
    doPad = preprocessing.padsToSquare
    guard let pinpoints else { return }
    imageGridPinpoints = pinpoints
    (imageProcessorType, processorClass) = ("LlavaNextImageProcessor", "LlavaNextProcessor")
    // transformers' own always splits the picture as it is; this is what makes it a padded square.
    if preprocessing.padsToSquare == true { imageAspectRatio = "pad" }
    doPad = true
  }
}

struct ProcessorFile: Encodable {
  var processorClass = "LlavaProcessor"
  var imageToken = "<image>"
  var patchSize: Int
  var numAdditionalImageTokens = 1
  var visionFeatureSelectStrategy: String

  init(_ configuration: ModelConfiguration) {
    if configuration.grids != nil { processorClass = "LlavaNextProcessor" }
    patchSize = configuration.vision.patchSide
    visionFeatureSelectStrategy = configuration.selectStrategy.rawValue
  }
}

struct TokenizerFile: Encodable {
  struct Added: Encodable {
    var content: String
    var special = true
    var lstrip = false
    var rstrip = false
    var normalized = false
    var singleWord = false
  }

  var tokenizerClass = "LlamaTokenizer"
  var processorClass = "LlavaProcessor"
  var legacy: Bool
  var addBosToken = true
  var addEosToken = false
  var bosToken: String
  var eosToken: String
  var unkToken = "<unk>"
  var padToken = "<pad>"
  var imageToken = "<image>"
  var addedTokensDecoder: [String: Added]

  init(_ tokenizer: Tokenizer, _ vocabulary: ImageVocabulary) {
    legacy = tokenizer.isLegacy
    bosToken = tokenizer.spelling(of: tokenizer.beginningOfSequenceID)
    eosToken = tokenizer.spelling(of: tokenizer.endOfSequenceID)
    var added = ["\(vocabulary.imageID)": Added(content: "<image>"), "\(vocabulary.padID)": Added(content: "<pad>")]
    for id in [tokenizer.beginningOfSequenceID, tokenizer.endOfSequenceID] {
      added["\(id)"] = Added(content: tokenizer.spelling(of: id))
    }
    for (content, id) in tokenizer.addedTokens where added["\(id)"] == nil { added["\(id)"] = Added(content: content) }
    addedTokensDecoder = added
  }
}
