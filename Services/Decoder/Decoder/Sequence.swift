import Contracts
import LanguageModel
import Numerics
import RPC
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
  /// What ends a row of tiles, `[1, hidden]`, where the model has it.
  private let rowEnd: Tensor?
  /// Of each image each view's projected features `[tokens, hidden]`, from their arrival until the prompt has been computed.
  private var features: [[Tensor?]]
  /// Tokens of the prompt that need not be computed; nothing while it waits.
  private var cachedTokenCount: Int?
  private var stopwatch: Stopwatch
  /// Whether rows of the prompt are still to be computed.
  private var isPrefilling = true
  /// The answer so far.
  private(set) var tokens: [Int32] = []
  /// What the penalties go by.
  private(set) var history: TokenHistory
  private(set) var speculation: Speculation
  private var text: TextStream

  init(
    layout: PromptLayout, rowEnd: Tensor?, style: PromptStyle, tokenLimit: Int, endOfSequenceIDs: Set<Int32>,
    sampler: Sampler,
    text: TextStream,
    stopwatch: Stopwatch, output: Output, enter: @escaping @Sendable (String) -> Void
  ) {
    self.layout = layout
    self.rowEnd = rowEnd
    history = TokenHistory(prompt: layout.textTokens)
    speculation = Speculation(prompt: layout.textTokens)
    self.style = style
    self.tokenLimit = tokenLimit
    self.endOfSequenceIDs = endOfSequenceIDs
    self.sampler = sampler
    self.text = text
    self.stopwatch = stopwatch
    self.output = output
    self.enter = enter
    features = layout.planned.map { Array(repeating: nil, count: $0.viewCount) }
    for token in layout.spoken { _ = note(token) }
  }

  /// The model's input at these positions: of the prompt, or the last token and those drafted after it.
  func inputs(at positions: Range<Int>) -> [SequenceChunk.Input] {
    guard positions.lowerBound < layout.rows.count else {
      return [
        .tokens([tokens[positions.lowerBound - layout.promptRowCount]] + speculation.draft.prefix(positions.count - 1))
      ]
    }
    return layout.runs(in: positions).map { run in
      switch run {
      case .tokens(let ids): return .tokens(ids)
      case .features(let image, let view, let rows):
        guard let features = features[image][view] else {
          preconditionFailure("view \(view) of image \(image) was to be computed before its features had come")
        }
        return .rows(features[rows: rows])
      case .rowEnd:
        guard let rowEnd else { preconditionFailure("a row of tiles ends, and the model has nothing that ends one") }
        return .rows(rowEnd)
      }
    }
  }

  /// Takes a view's projected features; returns how many of the image's first tokens can be computed now.
  mutating func take(_ rows: Tensor, view: Int, of image: Int) -> Int {
    if isPrefilling { features[image][view] = rows }  // later nobody computes them any more
    return layout.planned[image].leadingTokenCount(with: features[image].indices.filter { features[image][$0] != nil })
  }

  var hasStarted: Bool { cachedTokenCount != nil }

  /// It leaves the queue; `cached` tokens of its prompt need not be computed.
  mutating func start(cached: Int) {
    cachedTokenCount = cached
    stopwatch.lap("decoder wait")
    enter("prefill")
  }

  /// Drafts tokens for the next step where they pay, and returns how many. Of no effect before the first token.
  mutating func speculate(atPrice price: Double) -> Int {
    guard !isPrefilling else { return 0 }
    speculation.plan(atPrice: price)
    return speculation.draft.count
  }

  /// Takes the tokens of a step in which `drafted` ones had rows. `isFinished` once the answer is; `accepted` counts
  /// those among its new tokens that were drafted, and `tokenCount` all of them.
  mutating func take(_ draws: Draws, drafted: Int) -> (isFinished: Bool, accepted: Int, tokenCount: Int) {
    let previousCount = tokens.count
    var isFinished = false
    for token in draws.tokens where !isFinished { isFinished = append(token) }
    if !isFinished, let error = draws.error {
      output.finish(throwing: ServiceError(.internalFailure, error.message))
      isFinished = true
    }
    let tokenCount = tokens.count - previousCount
    let accepted = min(drafted, max(0, tokenCount - 1))
    speculation.note(accepted: accepted, of: drafted)
    return (isFinished, accepted, tokenCount)
  }

  /// Takes the next token and says it to whoever listens. Returns true once the answer is finished.
  private mutating func append(_ sampled: SampledToken) -> Bool {
    if isPrefilling {
      isPrefilling = false
      stopwatch.lap("prefill")
      enter("decode")
      features = features.map { $0.map { _ in nil } }
    }
    guard !endOfSequenceIDs.contains(sampled.id) else {
      finish(.endOfSequence)
      return true
    }
    let alternatives = sampled.topLogprobs.map { Token.Alternative(id: $0.id, logprob: $0.logprob) }
    let index = tokens.count
    output.yield(
      .token(
        Token(
          index: index, id: sampled.id, text: note(sampled.id), logprob: sampled.logprob, alternatives: alternatives)))
    return finishIfComplete()
  }

  /// Adds a token to the answer, and returns the text that is certain with it.
  private mutating func note(_ token: Int32) -> String {
    tokens.append(token)
    history.append(token)
    speculation.append(token)
    return text.push(token)
  }

  /// Ends the answer where nothing may follow the tokens that it has; true then.
  mutating func finishIfComplete() -> Bool {
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
      promptTokens: layout.promptRowCount, cachedTokens: min(cachedTokenCount ?? 0, layout.promptRowCount),
      imageTokens: layout.imageTokenCount,
      completionTokens: tokens.count)
    output.yield(
      .finished(
        Finished(
          reason: reason, usage: usage, timings: stopwatch.timings, text: rest, reference: style.reference,
          template: style.template.rawValue)))
    output.finish()
  }
}
