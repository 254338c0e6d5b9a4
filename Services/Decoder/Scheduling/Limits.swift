/// What the scheduler may hold at once. Beyond each of these the answer is a refusal or a wait, never growth.
public struct Limits: Equatable, Sendable {
  /// Prompts that wait to start; one more is refused at once.
  public let waitingCount: Int
  /// Sequences that hold blocks; each of them decodes one token in every step.
  public let runningCount: Int
  /// Tokens in one step, decodes and prefill together: the longest time that a cancelled prompt is still computed.
  public let stepTokenCount: Int
  /// How long a step should take at most while sequences decode, which is how long each of them waits for its token.
  public let stepTime: Duration
  /// Blocks of the whole key-value cache: its memory divided by a block's.
  public let blockCount: Int
  /// Tokens in one block. Smaller blocks waste less at a sequence's end, larger ones make shorter tables; 16 wastes
  /// 8 tokens of a sequence on average, and an image of 576 tokens is 36 whole blocks.
  public let blockTokenCount: Int

  /// Tokens of prompts that a step takes on in any case, however slow the model: a prompt that stands still because
  /// others decode would be worse than a token that comes late. Beside four streams of a 7B model in 4 bits a step of so
  /// many stays within 250 ms where a row takes 19 ms, which is a slow machine.
  static let leastPrefillTokenCount = 8

  /// What a step aims at. Half of the steps take longer than those that they were foretold by; on a shared machine most of
  /// them by less than a tenth.
  var aimedStepTime: Duration { stepTime * 0.9 }

  /// All of them are positive, and a step has room for a token of every running sequence.
  public init(
    waitingCount: Int, runningCount: Int, stepTokenCount: Int, stepTime: Duration, blockCount: Int,
    blockTokenCount: Int = 16
  ) {
    precondition(waitingCount > 0, "waitingCount: expected at least 1, found \(waitingCount)")
    precondition(runningCount > 0, "runningCount: expected at least 1, found \(runningCount)")
    precondition(blockCount > 0, "blockCount: expected at least 1, found \(blockCount)")
    precondition(blockTokenCount > 0, "blockTokenCount: expected at least 1, found \(blockTokenCount)")
    precondition(
      stepTokenCount >= runningCount,
      "stepTokenCount: expected at least runningCount, \(runningCount), found \(stepTokenCount)")
    precondition(stepTime > .zero, "stepTime: expected more than none, found \(stepTime)")
    self.waitingCount = waitingCount
    self.runningCount = runningCount
    self.stepTokenCount = stepTokenCount
    self.stepTime = stepTime
    self.blockCount = blockCount
    self.blockTokenCount = blockTokenCount
  }

  /// Tokens that fit into all blocks together.
  public var capacityTokenCount: Int { blockCount * blockTokenCount }

  /// Blocks that `tokenCount` tokens take, the last one perhaps in part.
  func blockCount(forTokens tokenCount: Int) -> Int { (tokenCount + blockTokenCount - 1) / blockTokenCount }
}
