public import Checkpoint
public import Numerics

/// CLIP's vision transformer up to the layer that LLaVA takes its features from: views to features, in `f32`.
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
  private let firstFeatureRow: Int

  /// Throws where a weight is missing or misshapen.
  public init(_ checkpoint: Checkpoint, on compute: Compute) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    let vision = configuration.vision
    let weights = checkpoint.vision
    embedding = try PatchEmbedding(weights["embeddings"], vision, on: compute)
    norm = try LayerNorm(weights["pre_layrnorm"], vision)  // spelt so in every checkpoint of CLIP
    var layers: [EncoderLayer] = []
    for index in 0..<configuration.usedVisionLayerCount {
      layers.append(try EncoderLayer(weights["encoder.layers.\(index)"], vision))
    }
    self.layers = layers
    pixelCount = 3 * vision.imageSide * vision.imageSide
    featureCount = configuration.featureCount
    featureWidth = vision.hiddenSize
    firstFeatureRow = vision.patchCount + 1 - configuration.featureCount
  }

  /// Features `[featureCount, featureWidth]` of each view, each being normalised pixels `[3, side, side]`.
  ///
  /// Before each layer `isWanted` is asked for every view by its index: one that nobody waits for any more leaves the
  /// batch, and its result is `nil`.
  public func encode(_ views: [[Float]], isWanted: (_ view: Int) -> Bool = { _ in true }) -> [Tensor?] {
    var batch = views.indices.filter(isWanted)
    var x = embedding(batch.map { views[$0] }).map { norm($0) }
    for layer in layers {
      let kept = batch.indices.filter { isWanted(batch[$0]) }
      batch = kept.map { batch[$0] }
      x = layer(kept.map { x[$0] })
    }
    var features = [Tensor?](repeating: nil, count: views.count)
    for (view, states) in zip(batch, x) { features[view] = states[rows: firstFeatureRow..<states.rows] }
    return features
  }
}
