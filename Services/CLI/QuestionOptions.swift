import ArgumentParser
import Contracts
public import Launch
public import Tokenizer

/// How a question is asked and answered.
struct QuestionOptions: ParsableArguments {
  @Option(
    help: "short: a word or phrase. choice: the letter of a listed option. long: sentences.",
    transform: ResponseFormat.parsed)
  var format: ResponseFormat = .long

  @OptionGroup(title: "Behaviour") var behaviour: BehaviourOptions

  @OptionGroup(title: "High resolution") var parts: HighResolutionOptions

  @Option(help: "How features travel between the processes: f16 or f32.", transform: FeatureElement.parsed)
  var features: FeatureElement = .f16

  @Option(
    help: "What pixels are rounded to before they are encoded: f32 (not at all) or f16, as published evaluations did.",
    transform: FeatureElement.parsed)
  var pixels: FeatureElement = .f32

  @Option(help: "Give up after this long, such as 30s.", transform: Duration.parsed)
  var deadline: Duration?

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  /// The request that goes on from these turns.
  func request(_ turns: [Turn], images: [[UInt8]], model: String?) -> AskRequest {
    var request = AskRequest(
      model: model, turns: turns, imageByteCounts: images.map(\.count), policy: behaviour.policy,
      element: features, pixels: pixels, reference: behaviour.reference, template: behaviour.template?.rawValue,
      sampling: sampling.sampling, tokenLimit: sampling.maxTokens?.count, stops: sampling.stop)
    (request.hd, request.hdMaxTiles, request.hdUntrained) = (parts.splits, parts.hdMaxTiles?.count, parts.hdUntrained)
    return request
  }

  func validate() throws { try parts.validate(besidesPolicy: behaviour.policy != nil) }
}

extension ResponseFormat: SettingValue {}

/// How the next token is chosen. Without any of these the likeliest one is.
struct SamplingOptions: ParsableArguments {
  @Option(help: "0 takes the likeliest token; 1 draws as the model says.", transform: NonNegative.parsed)
  var temperature: NonNegative?

  @Option(help: "Draw among this many likeliest tokens.", transform: Count.parsed)
  var topK: Count?

  @Option(
    help: "Draw among the likeliest tokens that have this much probability together.", transform: Probability.parsed)
  var topP: Probability?

  @Option(help: "Drop tokens below this part of the likeliest one's probability.", transform: Probability.parsed)
  var minP: Probability?

  @Option(help: "Above 1: tokens that were there already become less likely.", transform: NonNegative.parsed)
  var repetitionPenalty: NonNegative?

  @Option(help: "Taken off the logit of a token that was said already.", transform: Float.parsed)
  var presencePenalty: Float?

  @Option(help: "Taken off the logit for each time that a token was said.", transform: Float.parsed)
  var frequencyPenalty: Float?

  @Option(help: "The same seed gives the same answer.", transform: UInt64.parsed)
  var seed: UInt64?

  @Option(help: "End the answer before this text; may be repeated.", transform: String.parsed)
  var stop: [String] = []

  @Option(help: "Add to a token's logit, such as 42=-5; may be repeated.", transform: LogitBias.parsed)
  var logitBias: [LogitBias] = []

  @Option(help: "At most this many new tokens (default: 512).", transform: Count.parsed)
  var maxTokens: Count?

  @Option(help: "Report log-probabilities, with this many alternatives, in --json.", transform: Alternatives.parsed)
  var logprobs: Alternatives?

  var sampling: Sampling {
    var sampling = Sampling()
    sampling.temperature = temperature?.value
    sampling.topK = topK?.count
    sampling.topP = topP?.value
    sampling.minP = minP?.value
    sampling.repetitionPenalty = repetitionPenalty?.value
    sampling.presencePenalty = presencePenalty
    sampling.frequencyPenalty = frequencyPenalty
    sampling.seed = seed
    sampling.logitBias = Dictionary(logitBias.map { ($0.token, $0.bias) }, uniquingKeysWith: { $1 })
    sampling.logprobs = logprobs?.count
    return sampling
  }
}
