import Checkpoint
import Numerics

/// One transformer block: attention, then feed-forward, each on a normalised residual stream.
struct DecoderLayer: Sendable {
  private let attentionNorm: RMSNorm
  private let attention: Attention
  private let feedForwardNorm: RMSNorm
  private let feedForward: FeedForward

  init(
    _ weights: Weights, _ index: Int, _ configuration: LlamaConfiguration, _ preparation: Preparation
  ) throws(CheckpointError) {
    attentionNorm = try RMSNorm(weights["input_layernorm"], configuration)
    attention = try Attention(weights["self_attn"], layer: index, configuration, preparation)
    feedForwardNorm = try RMSNorm(weights["post_attention_layernorm"], configuration)
    feedForward = try FeedForward(weights["mlp"], configuration, preparation)
  }

  /// `x` is `[rows, hidden]`; the result has the same shape.
  func callAsFunction(_ x: Tensor, in pass: Pass) -> Tensor {
    let h = x + attention(attentionNorm(x), in: pass)
    return h + feedForward(feedForwardNorm(h))
  }
}
