import Contracts
import LanguageModel
import Numerics
import Serving
import Tokenizer

/// One generation: what goes in, what has come out, and who listens.
struct Sequence: Sendable {
  typealias Output = AsyncThrowingStream<GenerateReply, any Error>.Continuation

  let layout: PromptLayout
  /// Whose behaviour the prompt follows, and by which template.
  let style: PromptStyle
  let tokenLimit: Int
  let endOfSequenceIDs: Set<Int32>
  let sampler: Sampler
  let output: Output
  let enter: @Sendable (String) -> Void
  /// Projected features `[tokens, hidden]` of each image, from their arrival until the prompt has been computed.
  var features: [Tensor?]
  /// Tokens of the prompt that need not be computed; nothing while it waits.
  private var cachedTokenCount: Int?
  private var stopwatch: Stopwatch
  private(set) var tokens: [Int32] = []
  /// What the penalties go by.
  private(set) var history: TokenHistory
  private var text: TextStream

  init(
    layout: PromptLayout, style: PromptStyle, tokenLimit: Int, endOfSequenceIDs: Set<Int32>, sampler: Sampler,
    text: TextStream,
    stopwatch: Stopwatch, output: Output, enter: @escaping @Sendable (String) -> Void
  ) {
    self.layout = layout
    history = TokenHistory(prompt: layout.textTokens)
    self.style = style
    self.tokenLimit = tokenLimit
    self.endOfSequenceIDs = endOfSequenceIDs
    self.sampler = sampler
    self.text = text
    self.stopwatch = stopwatch
    self.output = output
    self.enter = enter
    features = layout.images.map { _ in nil }
  }

  /// The model's input at these positions: of the prompt, or a token that was generated.
  func inputs(at positions: Range<Int>) -> [SequenceChunk.Input] {
    guard positions.lowerBound < layout.rows.count else {
      return [.tokens(positions.map { tokens[$0 - layout.rows.count] })]
    }
    return layout.runs(in: positions).map { run in
      switch run {
      case .tokens(let ids): return .tokens(ids)
      case .features(let image, let rows):
        guard let features = features[image] else {
          preconditionFailure("image \(image) was to be computed before its features had come")
        }
        return .rows(features[rows: rows])
      }
    }
  }

  var hasStarted: Bool { cachedTokenCount != nil }

  /// It leaves the queue; `cached` tokens of its prompt need not be computed.
  mutating func start(cached: Int) {
    cachedTokenCount = cached
    stopwatch.lap("decoder wait")
    enter("prefill")
  }

  /// Takes the next token and says it to whoever listens. Returns true once the answer is finished.
  mutating func append(_ sampled: SampledToken) -> Bool {
    if tokens.isEmpty {
      stopwatch.lap("prefill")
      enter("decode")
      features = features.map { _ in nil }
    }
    guard !endOfSequenceIDs.contains(sampled.id) else {
      finish(.endOfSequence)
      return true
    }
    let alternatives = sampled.topLogprobs.map { Token.Alternative(id: $0.id, logprob: $0.logprob) }
    output.yield(
      .token(
        Token(
          index: tokens.count, id: sampled.id, text: text.push(sampled.id), logprob: sampled.logprob,
          alternatives: alternatives)))
    tokens.append(sampled.id)
    history.append(sampled.id)
    guard text.stopString == nil else {
      finish(.stopString)
      return true
    }
    guard tokens.count < tokenLimit else {
      finish(.tokenLimit)
      return true
    }
    return false
  }

  private mutating func finish(_ reason: FinishReason) {
    let rest = text.finish()
    stopwatch.lap("tokens")
    let usage = Usage(
      promptTokens: layout.rows.count, cachedTokens: cachedTokenCount ?? 0, imageTokens: layout.imageTokenCount,
      completionTokens: tokens.count)
    output.yield(
      .finished(
        Finished(
          reason: reason, usage: usage, timings: stopwatch.timings, text: rest, reference: style.reference,
          template: style.template.rawValue)))
    output.finish()
  }
}
