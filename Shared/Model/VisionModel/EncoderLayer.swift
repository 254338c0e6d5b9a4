import Checkpoint
import Numerics

/// One block of the tower: attention, then feed-forward, each on a normalised residual stream.
struct EncoderLayer: Sendable {
  private let attentionNorm: LayerNorm
  private let attention: Attention
  private let feedForwardNorm: LayerNorm
  private let feedForward: FeedForward

  init(_ weights: Weights, _ configuration: VisionConfiguration, _ preparation: Preparation) throws(CheckpointError) {
    attentionNorm = try LayerNorm(weights["layer_norm1"], configuration)
    attention = try Attention(weights["self_attn"], configuration, preparation)
    feedForwardNorm = try LayerNorm(weights["layer_norm2"], configuration)
    feedForward = try FeedForward(weights["mlp"], configuration, preparation)
  }

  /// Each view is `[tokens, width]`; the results have the same shape.
  func callAsFunction(_ x: [Tensor]) -> [Tensor] {
    let h = zip(x, attention(x.map { attentionNorm($0) })).map { $0 + $1 }
    return zip(h, feedForward(h.map { feedForwardNorm($0) })).map { $0 + $1 }
  }
}
