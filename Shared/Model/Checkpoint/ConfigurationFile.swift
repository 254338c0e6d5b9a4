/// `config.json` as it is written: nearly every field may be absent, and some have had two names.
/// A property is a field's name in camel case.
struct ConfigurationFile: Decodable {
  struct Vision: Decodable {
    var modelType: String?
    var hiddenSize: Int?
    var intermediateSize: Int?
    var numHiddenLayers: Int?
    var numAttentionHeads: Int?
    var numChannels: Int?
    var imageSize: Int?
    var patchSize: Int?
    var layerNormEps: Double?
    var hiddenAct: String?
  }

  struct Text: Decodable {
    var modelType: String?
    var hiddenSize: Int?
    var intermediateSize: Int?
    var numHiddenLayers: Int?
    var numAttentionHeads: Int?
    var numKeyValueHeads: Int?
    var headDim: Int?
    var hiddenAct: String?
    var maxPositionEmbeddings: Int?
    var slidingWindow: Int?
    var rmsNormEps: Double?
    var ropeTheta: Double?
    var ropeScaling: Rope?
    var ropeParameters: Rope?
    var vocabSize: Int?
    var attentionBias: Bool?
    var mlpBias: Bool?
    var tieWordEmbeddings: Bool?
    var bosTokenId: Int?
    var eosTokenId: OneOrMore?
    var padTokenId: Int?
  }

  struct Rope: Decodable {
    var ropeTheta: Double?
    var ropeType: String?
    var type: String?
    var partialRotaryFactor: Double?
  }

  /// What is only asked whether it is there.
  struct Present: Decodable {
    init(from decoder: any Decoder) {}
  }

  /// One integer, or a list of them.
  struct OneOrMore: Decodable {
    let values: [Int]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        values = [try container.decode(Int.self)]
      } catch DecodingError.typeMismatch {
        values = try container.decode([Int].self)
      }
    }
  }

  var modelType: String?
  var visionConfig: Vision?
  var textConfig: Text?
  var imageTokenIndex: Int?
  var imageTokenId: Int?
  var padTokenId: Int?
  var bosTokenId: Int?
  var eosTokenId: OneOrMore?
  var projectorHiddenAct: String?
  var multimodalProjectorBias: Bool?
  var visionFeatureLayer: OneOrMore?
  var visionFeatureSelectStrategy: String?
  var tieWordEmbeddings: Bool?
  var quantizationConfig: Present?
  var imageGridPinpoints: [[Int]]?
}

/// The fields of `generation_config.json` that say where an answer begins and ends.
struct GenerationFile: Decodable {
  var bosTokenId: Int?
  var eosTokenId: ConfigurationFile.OneOrMore?
  var padTokenId: Int?
}
