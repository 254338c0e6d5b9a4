import CMessages
import RPC

/// How the next token is chosen. What is absent is off; without a temperature the choice is greedy.
public struct Sampling: Hashable, Sendable {
  public var temperature: Float?
  public var topK: Int?
  public var topP: Float?
  public var minP: Float?
  public var repetitionPenalty: Float?
  public var presencePenalty: Float?
  public var frequencyPenalty: Float?
  public var seed: UInt64?
  public var logitBias: [Int32: Float] = [:]
  /// Alternatives reported with each token.
  public var logprobs: Int?

  public init() {}
}

private struct LogitBias: WireMessage {
  var token: Int32
  var bias: Float

  static var initialize: (UnsafeMutablePointer<Llava__V1__LogitBias>?) -> Void { llava__v1__logit_bias__init }

  init(token: Int32, bias: Float) {
    self.token = token
    self.bias = bias
  }

  init(_ message: Llava__V1__LogitBias) throws(ServiceError) {
    token = Int32(clamping: message.token)
    bias = message.bias
  }

  func fill(_ message: inout Llava__V1__LogitBias, _ arena: Arena) {
    message.token = UInt32(clamping: token)
    message.bias = bias
  }
}

extension Sampling: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Sampling>?) -> Void { llava__v1__sampling__init }

  init(_ message: Llava__V1__Sampling) throws(ServiceError) {
    if message.has_temperature != 0 { temperature = message.temperature }
    if message.has_top_k != 0 { topK = Int(message.top_k) }
    if message.has_top_p != 0 { topP = message.top_p }
    if message.has_min_p != 0 { minP = message.min_p }
    if message.has_repetition_penalty != 0 { repetitionPenalty = message.repetition_penalty }
    if message.has_presence_penalty != 0 { presencePenalty = message.presence_penalty }
    if message.has_frequency_penalty != 0 { frequencyPenalty = message.frequency_penalty }
    if message.has_seed != 0 { seed = message.seed }
    if message.has_logprobs != 0 { logprobs = Int(message.logprobs) }
    for entry: LogitBias in try values(message.logit_bias, message.n_logit_bias) { logitBias[entry.token] = entry.bias }
  }

  func fill(_ message: inout Llava__V1__Sampling, _ arena: Arena) {
    if let temperature { (message.has_temperature, message.temperature) = (1, temperature) }
    if let topK { (message.has_top_k, message.top_k) = (1, UInt32(clamping: topK)) }
    if let topP { (message.has_top_p, message.top_p) = (1, topP) }
    if let minP { (message.has_min_p, message.min_p) = (1, minP) }
    if let repetitionPenalty { (message.has_repetition_penalty, message.repetition_penalty) = (1, repetitionPenalty) }
    if let presencePenalty { (message.has_presence_penalty, message.presence_penalty) = (1, presencePenalty) }
    if let frequencyPenalty { (message.has_frequency_penalty, message.frequency_penalty) = (1, frequencyPenalty) }
    if let seed { (message.has_seed, message.seed) = (1, seed) }
    if let logprobs { (message.has_logprobs, message.logprobs) = (1, UInt32(clamping: logprobs)) }
    let biases = logitBias.sorted { $0.key < $1.key }.map { LogitBias(token: $0.key, bias: $0.value) }
    (message.n_logit_bias, message.logit_bias) = (biases.count, arena.messages(biases))
  }
}
