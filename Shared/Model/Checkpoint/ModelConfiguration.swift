public import Numerics
public import TilePlan

/// A CLIP vision transformer.
public struct VisionConfiguration: Sendable, Equatable {
  public let hiddenSize: Int
  public let intermediateSize: Int
  /// The layers that the files have; how many are computed is `ModelConfiguration.usedVisionLayerCount`.
  public let layerCount: Int
  public let headCount: Int
  /// Pixels along one side of the square view.
  public let imageSide: Int
  /// Pixels along one side of a patch; it divides `imageSide`.
  public let patchSide: Int
  public let layerNormEpsilon: Float
  public let activation: Activation

  public var headSize: Int { hiddenSize / headCount }
  /// Patches of one view, row-major; the class token comes before them.
  public var patchCount: Int { (imageSide / patchSide) * (imageSide / patchSide) }
}

/// The linear layers between the towers, with the activation between each two.
public struct ProjectorConfiguration: Sendable, Equatable {
  /// Two in LLaVA-1.5, one in LLaVA-1.0; none hands the features on as they are.
  public let layerCount: Int
  public let activation: Activation
  public let hasBias: Bool
}

/// A LLaMA language model (or a Mistral, which differs in nothing that is computed within its window).
public struct LlamaConfiguration: Sendable, Equatable {
  public let hiddenSize: Int
  public let intermediateSize: Int
  public let layerCount: Int
  public let headCount: Int
  /// It divides `headCount`; key head j serves consecutive query heads.
  public let keyValueHeadCount: Int
  /// Even; `headCount * headSize` need not be `hiddenSize`.
  public let headSize: Int
  /// Positions that one sequence may have.
  public let contextLength: Int
  public let rmsNormEpsilon: Float
  public let ropeTheta: Double
  /// Rows of the embedding, which may be more than the tokenizer has pieces.
  public let vocabularySize: Int
  /// Whether `embed_tokens` is the output layer too, and no `lm_head` is in the files.
  public let tiesEmbeddings: Bool
}

/// Which rows of the tower's output are features.
public enum SelectStrategy: String, Sendable, CaseIterable {
  /// The patches, without the class token.
  case `default`
  /// The class token too, as the first row.
  case full
}

/// What `config.json` and `generation_config.json` say, with the defaults of transformers where they are silent.
public struct ModelConfiguration: Sendable, Equatable {
  public let vision: VisionConfiguration
  public let projector: ProjectorConfiguration
  public let language: LlamaConfiguration
  /// The hidden states that features are made of, side by side: 0 is the embedding, N what comes after layer N; at
  /// least one.
  public let featureLayers: [Int]
  public let selectStrategy: SelectStrategy
  /// The grids that a picture may be split into, in the file's order and as the original reads it, widths before heights
  /// (`image_grid_pinpoints`); nil for a model that never saw a picture in parts.
  public let grids: [TileGrid]?
  /// Stands for an image in the prompt, where the vocabulary has such a token; never to be generated.
  public let imageTokenID: Int?
  public let padTokenID: Int?
  public let beginningOfSequenceID: Int
  /// A token among these ends the answer.
  public let endOfSequenceIDs: [Int]

  /// Layers of the tower that the features need: 23 of 24 for LLaVA-1.5.
  public var usedVisionLayerCount: Int { featureLayers.reduce(0, max) }
  /// Columns of features: the tower's width for each of its states.
  public var featureWidth: Int { vision.hiddenSize * featureLayers.count }
  /// Rows of features that one view has, and positions that it takes in the prompt.
  public var featureCount: Int { vision.patchCount + (selectStrategy == .full ? 1 : 0) }
}
