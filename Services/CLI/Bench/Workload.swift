import Launch
import Numerics

/// How much of everything is measured.
struct Workload: Equatable, Sendable, Codable {
  /// Views in one batch of the tower.
  var views = [1, 4]
  /// Tokens of a prompt.
  var prompts = [64, 640]
  /// Streams that decode together.
  var streams = [1, 4, 16]
  /// Tokens of the prefix that streams share, and of the prompt that comes between them.
  var depth = 640
  /// Times that each is measured; the median counts.
  var repeats = 5

  /// Tokens of a question on an image, as llama.cpp's benchmark of pictures has them.
  static let questionTokenCount = 34
  /// Steps of one sample of decoding: enough that a held-up one is a small part of it.
  static let decodeStepCount = 16
  /// Streams that a long prompt comes between.
  static let gapStreamCount = 4
  /// Tokens that a stream has said before the long prompt comes, so that all of them are under way.
  static let gapLeadCount = 4
  /// Rows of one pass of a prompt, as the decoder has them where nobody waits.
  static let passTokenCount = 512

  /// Tokens that a stream may say while a prompt of `depth` is computed: a step takes on 16 of the prompt at least, and
  /// steps of a small model go by before anybody has noticed the first.
  var gapTokenLimit: Int { depth / 16 + 256 }

  /// The most positions that one sequence has.
  func positionCount(featureCount: Int) -> Int {
    max(
      prompts.max() ?? 0, depth + Self.decodeStepCount, Self.questionTokenCount + gapTokenLimit,
      2 * Self.questionTokenCount + featureCount)
  }

  /// Blocks that each stage needs at least, the engine's and the direct ones.
  func blockCount(featureCount: Int) -> Int {
    func blocks(_ tokens: Int) -> Int { (tokens + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount + 1 }
    let question = blocks(Self.questionTokenCount + gapTokenLimit)
    return max(
      blocks(prompts.max() ?? 0), blocks(depth) + (streams.max() ?? 0) * blocks(Self.decodeStepCount),
      Self.gapStreamCount * question + blocks(2 * depth), 2 * blocks(2 * Self.questionTokenCount + featureCount))
  }

  /// Throws where a sequence would be longer than the model's context.
  func check(contextLength: Int, featureCount: Int) throws(LaunchError) {
    let needed = positionCount(featureCount: featureCount)
    guard needed <= contextLength else {
      throw LaunchError(
        .usage,
        "expected prompts and depth that fit the model's context of \(contextLength) tokens, found \(needed): give "
          + "smaller --prompts and --depth")
    }
  }
}
