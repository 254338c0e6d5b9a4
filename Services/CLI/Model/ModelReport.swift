import Checkpoint
import Contracts
import Decoder
import LanguageModel
import Launch
import Serving
import TilePlan
import Tokenizer

/// What a model's files hold, and what serving it costs; the fields of `inspect --json`.
struct ModelReport: Encodable {
  struct Vision: Encodable {
    var imageSide: Int
    var patchSide: Int
    var width: Int
    var feedForward: Int
    var layers: Int
    var heads: Int
    var activation: String
    /// Hidden states that features are made of; 0 is the embedding.
    var featureLayers: [Int]
    var selectStrategy: String
    /// Rows and columns of one view's features.
    var features: [Int]
    /// What a model is called whose tower is not in its files.
    var missingTower: String?
  }

  struct Projector: Encodable {
    var layers: Int
    var activation: String
    var bias: Bool
  }

  struct Language: Encodable {
    var width: Int
    var feedForward: Int
    var layers: Int
    var heads: Int
    var keyValueHeads: Int
    var headSize: Int
    var contextLength: Int
    var vocabulary: Int
    var ropeTheta: Double
    var tiedEmbeddings: Bool
  }

  struct Vocabulary: Encodable {
    var source: String
    var pieces: Int
    var legacy: Bool
    var beginning: Int32
    var ends: [Int]
    var added: [String: Int32]
  }

  struct Behaviour: Encodable {
    var policy: String
    var template: String
  }

  struct Part: Encodable {
    var part: String
    var tensors: Int
    var parameters: Int
    var bytes: Int
    var types: [String: Int]
    var fingerprint: String
  }

  struct Cost: Encodable {
    /// Of weights, in a process that serves them.
    var visionWorkerBytes: Int
    var decoderBytes: Int
    var kvBytesPerToken: Int
    /// What the decoder needs at least besides its weights: one sequence of full length.
    var kvBytesPerContext: Int
    var tokensPerImage: Int
    /// On the wire, as f16.
    var featureBytesPerImage: Int
    var kvBytesPerImage: Int
  }

  var name: String
  var layout: String
  var path: String
  var vision: Vision
  var projector: Projector
  var language: Language
  var tokenizer: Vocabulary
  var original: Behaviour
  var transformers: Behaviour
  var mean: [Float]
  var standardDeviation: [Float]
  var parts: [Part]
  /// Tensors that are missing, misshapen or of a type that is not computed with.
  var faults: [String]
  var unusedTensors: [String]
  var cost: Cost
}

extension ModelReport {
  init(_ checkpoint: Checkpoint) throws {
    let configuration = checkpoint.configuration
    let inspection = Inspection(checkpoint)
    let tokenizer = try Tokenizer(checkpoint)
    let card = try ModelCard(of: checkpoint, precision: "fp32", isDecoder: true)
    name = checkpoint.name
    layout = checkpoint.layout.rawValue
    path = checkpoint.path
    vision = Vision(configuration, missingTower: checkpoint.hasTower ? nil : checkpoint.towerName)
    projector = Projector(
      layers: configuration.projector.layerCount, activation: configuration.projector.activation.rawValue,
      bias: configuration.projector.hasBias)
    language = Language(configuration.language)
    self.tokenizer = Vocabulary(
      source: checkpoint.vocabulary.description, pieces: tokenizer.vocabularySize, legacy: tokenizer.isLegacy,
      beginning: tokenizer.beginningOfSequenceID, ends: configuration.endOfSequenceIDs, added: tokenizer.addedTokens)
    original = Behaviour(
      policy: Self.policy(of: card, as: .original), template: Self.template(of: checkpoint, as: .original))
    transformers = Behaviour(
      policy: Self.policy(of: card, as: .transformers), template: Self.template(of: checkpoint, as: .transformers))
    mean = checkpoint.preprocessing.mean
    standardDeviation = checkpoint.preprocessing.standardDeviation
    let fingerprints = Self.fingerprints(of: checkpoint)
    parts = inspection.parts.filter { $0.tensorCount > 0 }.map { part in
      Part(
        part: part.part.rawValue, tensors: part.tensorCount, parameters: part.parameterCount, bytes: part.byteCount,
        types: part.types, fingerprint: fingerprints[part.part] ?? "")
    }
    faults = inspection.faults.map(\.message)
    unusedTensors = inspection.unusedTensors
    cost = Cost(checkpoint)
  }

  private static func policy(of card: ModelCard, as reference: Reference) -> String {
    card.policy(as: reference, Seeing())?.name ?? ""
  }

  /// A template that nobody knows is said here and is an error only where it is used.
  private static func template(of checkpoint: Checkpoint, as behaviour: PromptBehaviour) -> String {
    do {
      return try PromptTemplate(of: checkpoint, as: behaviour).rawValue
    } catch {
      return "unknown: name one with --template"
    }
  }

  /// A part without tensors, which is among the faults, has none.
  private static func fingerprints(of checkpoint: Checkpoint) -> [ModelPart: String] {
    var fingerprints: [ModelPart: String] = [:]
    fingerprints[.tower] = (try? checkpoint.towerFingerprint)?.description
    fingerprints[.projector] = (try? checkpoint.projectorFingerprint)?.description
    fingerprints[.languageModel] = (try? checkpoint.languageModelFingerprint)?.description
    return fingerprints
  }
}

extension ModelReport.Vision {
  fileprivate init(_ configuration: ModelConfiguration, missingTower: String?) {
    let vision = configuration.vision
    self.init(
      imageSide: vision.imageSide, patchSide: vision.patchSide, width: vision.hiddenSize,
      feedForward: vision.intermediateSize, layers: vision.layerCount, heads: vision.headCount,
      activation: vision.activation.rawValue, featureLayers: configuration.featureLayers,
      selectStrategy: configuration.selectStrategy.rawValue,
      features: [configuration.featureCount, configuration.featureWidth], missingTower: missingTower)
  }
}

extension ModelReport.Language {
  fileprivate init(_ language: LlamaConfiguration) {
    self.init(
      width: language.hiddenSize, feedForward: language.intermediateSize, layers: language.layerCount,
      heads: language.headCount, keyValueHeads: language.keyValueHeadCount, headSize: language.headSize,
      contextLength: language.contextLength, vocabulary: language.vocabularySize, ropeTheta: language.ropeTheta,
      tiedEmbeddings: language.tiesEmbeddings)
  }
}

extension ModelReport.Cost {
  fileprivate init(_ checkpoint: Checkpoint) {
    let configuration = checkpoint.configuration
    let kv = DecoderOptions.kvByteCountPerToken(of: checkpoint, in: .standard)
    self.init(
      visionWorkerBytes: checkpoint.byteCount(of: [.tower]), decoderBytes: checkpoint.byteCount(of: ModelPart.decoder),
      kvBytesPerToken: kv, kvBytesPerContext: kv * configuration.language.contextLength,
      tokensPerImage: configuration.featureCount,
      featureBytesPerImage: configuration.featureCount * configuration.featureWidth * 2,
      kvBytesPerImage: kv * configuration.featureCount)
  }
}
