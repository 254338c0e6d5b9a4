public import Checkpoint
public import Contracts
public import Numerics
import Scheduling
public import Tokenizer

/// How a decoder works, and every bound that it has.
public struct DecoderOptions: Sendable {
  /// Threads of the model's products.
  public var threadCount: Int
  /// Memory for KV blocks.
  public var kvByteCount: Int
  /// In which numbers the model computes.
  public var precision = Precision.fp32
  /// Generations in progress at once, waiting ones included. Each waiting one holds at most its images' features.
  public var requestCount = 256
  /// Sequences that decode together. Each costs its attention; the weights are read once for all.
  public var runningCount = 16
  /// Rows of one step at most, when no stream waits for it. More would not compute a row any faster, and a cancelled
  /// prompt is given up between steps.
  public var stepTokenCount = 512
  /// How long a step should take at most while streams wait for their next token: four tokens a second are still read
  /// as a flow.
  public var stepTime = Duration.milliseconds(250)
  /// Whether answers are drafted from the text so far where that pays. No answer depends on it, only its speed.
  public var speculation = true
  /// Tells programs apart: another one may sum in another order.
  public var build: [UInt8] = []
  /// Whose behaviour a request gets that does not say.
  public var reference = Reference.original
  /// The template of prompts, whatever the checkpoint says.
  public var template: PromptTemplate?
  /// How images become square, whatever the checkpoint says.
  public var policy: PreprocessingPolicy?

  public init(threadCount: Int, kvByteCount: Int) {
    self.threadCount = threadCount
    self.kvByteCount = kvByteCount
  }

  /// What stays free for everything that is neither weights nor KV.
  private static let reserve = 2 << 30

  /// What the weights and the reserve leave of the machine's memory, but no more than twice what all running sequences
  /// need at full length: beyond that it would only hold prefixes that nobody asks for again.
  public static func kvByteCount(for checkpoint: Checkpoint, in precision: Precision, machineByteCount: Int) -> Int {
    let left = machineByteCount - checkpoint.weightByteCount(in: precision) - reserve
    let useful =
      2 * DecoderOptions(threadCount: 1, kvByteCount: 0).runningCount * blockCount(of: checkpoint)
      * blockByteCount(of: checkpoint, in: precision)
    return min(left, useful)
  }

  /// Blocks of one sequence at full length.
  private static func blockCount(of checkpoint: Checkpoint) -> Int {
    let context = checkpoint.configuration.language.contextLength
    return (context + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount
  }

  /// Bytes of KV that one position takes.
  public static func kvByteCountPerToken(of checkpoint: Checkpoint, in precision: Precision) -> Int {
    blockByteCount(of: checkpoint, in: precision) / KVCache.blockTokenCount
  }

  static func blockByteCount(of checkpoint: Checkpoint, in precision: Precision) -> Int {
    let language = checkpoint.configuration.language
    return KVCache.Shape(
      layerCount: language.layerCount, headCount: language.keyValueHeadCount, headWidth: language.headSize,
      element: precision.cacheElement
    ).blockByteCount
  }

  func limits(blockCount: Int) -> Limits {
    Limits(
      waitingCount: requestCount, runningCount: runningCount, stepTokenCount: stepTokenCount, stepTime: stepTime,
      blockCount: blockCount, blockTokenCount: KVCache.blockTokenCount)
  }
}
