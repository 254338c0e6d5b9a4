public import Checkpoint
public import Numerics

/// CLIP's vision transformer up to the layers that LLaVA takes its features from: views to features, in `f32`.
///
/// A view's features depend on its own pixels alone, never on what else is in the batch, on the threads or on the
/// order. Layers behind the features' are never loaded, and nothing is normalised after the last.
public struct VisionTower: Sendable {
  /// What `encode` expects of a view: `[3, imageSide, imageSide]`.
  public let pixelCount: Int
  /// What `encode` gives for a view: `[featureCount, featureWidth]`.
  public let featureCount: Int
  public let featureWidth: Int

  private let embedding: PatchEmbedding
  private let norm: LayerNorm
  private let layers: [EncoderLayer]
  /// The hidden states that features are made of, 0 being what the first layer takes.
  private let featureLayers: [Int]
  private let firstFeatureRow: Int

  /// Packs the weights as `precision` has them. Throws where one is missing or misshapen.
  public init(
    _ checkpoint: Checkpoint, precision: Precision = .fp32, on compute: Compute
  ) throws(CheckpointError) {
    guard checkpoint.hasTower else {
      throw CheckpointError(
        code: .missingTensor,
        message:
          "\(checkpoint.path): the vision tower \"\(checkpoint.towerName ?? "")\" is not in the model's files: name its directory "
          + "with --vision-tower")
    }
    let configuration = checkpoint.configuration
    let vision = configuration.vision
    let weights = checkpoint.vision
    let preparation = Preparation(precision, on: compute)
    embedding = try PatchEmbedding(weights["embeddings"], vision, preparation)
    norm = try LayerNorm(weights["pre_layrnorm"], vision)  // spelt so in every checkpoint of CLIP
    var layers: [EncoderLayer] = []
    for index in 0..<configuration.usedVisionLayerCount {
      layers.append(try EncoderLayer(weights["encoder.layers.\(index)"], vision, preparation))
    }
    self.layers = layers
    featureLayers = configuration.featureLayers
    pixelCount = 3 * vision.imageSide * vision.imageSide
    featureCount = configuration.featureCount
    featureWidth = configuration.featureWidth
    firstFeatureRow = vision.patchCount + 1 - configuration.featureCount
  }

  /// Features `[featureCount, featureWidth]` of each view, each being normalised pixels `[3, side, side]`.
  ///
  /// Before each layer `isWanted` is asked for every view by its index: one that nobody waits for any more leaves the
  /// batch, and its result is `nil`.
  public func encode(_ views: [[Float]], isWanted: (_ view: Int) -> Bool = { _ in true }) -> [Tensor?] {
    var batch = views.indices.filter(isWanted)
    var x = embedding(batch.map { views[$0] }).map { norm($0) }
    // By view, the states so far that features are made of; few layers give any, and most models only the last.
    var states = [[Int: Tensor]](repeating: [:], count: views.count)
    for depth in 0...layers.count {
      if featureLayers.contains(depth) {
        for (view, state) in zip(batch, x) { states[view][depth] = state[rows: firstFeatureRow..<state.rows] }
      }
      guard depth < layers.count else { break }
      let kept = batch.indices.filter { isWanted(batch[$0]) }
      batch = kept.map { batch[$0] }
      x = layers[depth](kept.map { x[$0] })
    }
    var features = [Tensor?](repeating: nil, count: views.count)
    for view in batch { features[view] = Tensor(beside: featureLayers.compactMap { states[view][$0] }) }
    return features
  }
}
