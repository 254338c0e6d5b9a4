public import Checkpoint
import Contracts
import Numerics
import Serving
import Tokenizer
import VisionModel

@testable import Decoder

/// What all simulated processes have in common, read once: a tiny model's cards, tower and tokenizer, and the pictures that
/// are asked about.
public struct ModelKit: Sendable {
  let visionCard: ModelCard
  let decoderCard: ModelCard
  let tower: VisionTower
  let reader: PromptReader
  let voice: Voice
  let compute: Compute
  let pictures: [Picture]
  private let prompts: [[Prompt]]

  static let pictureCount = 48
  static let texts = ["What is it?", "Which one is left of it", "is it red", "a"]
  /// Pictures of one question at most.
  static let picturesPerQuestion = 3

  /// Of a checkpoint that sees pictures in parts.
  public init(_ checkpoint: Checkpoint) throws {
    compute = Compute(threads: 1)
    tower = try VisionTower(checkpoint, on: compute)
    visionCard = try ModelCard(of: checkpoint, precision: "fp32", isDecoder: false)
    var decoderCard = try ModelCard(of: checkpoint, precision: "fp32", isDecoder: true)
    decoderCard.arithmetic = [1]
    self.decoderCard = decoderCard
    reader = try PromptReader(
      checkpoint, card: decoderCard, rowEnd: ChainModel.rowEnd(on: compute), template: .plain)
    let tokenizer = try Tokenizer(checkpoint)
    voice = Voice(checkpoint, tokenizer)
    let (card, tower) = (visionCard, tower)
    pictures = try (0..<Self.pictureCount).map { try Picture($0, card, tower) }
    prompts = try (0...Self.picturesPerQuestion).map { count in
      try Self.texts.map { text in
        try tokenizer.prompt(
          for: Conversation(turns: [.init(.user, (0..<count).map { .image($0) } + [.text(text)])]), template: .plain)
      }
    }
  }

  /// What is to come of a question: the only right answer.
  func answer(to question: Question) -> Answer {
    let looks = question.pictures.map { pictures[$0].look(isSplit: question.isSplit) }
    var chain = Chain()
    for element in prompts[looks.count][question.text].elements {
      switch element {
      case .token(let id): chain.append(Chain.code(ofToken: id))
      case .image(let index): for code in looks[index].codes { chain.append(code) }
      }
    }
    var answer = Answer(promptTokenCount: chain.states.count, looks: looks)
    let limit = min(question.tokenLimit, voice.contextLength - chain.states.count)
    while answer.tokens.count < limit {
      let token = voice.token(after: Chain.digest(chain.states))
      guard token != voice.endOfSequence else {
        answer.reason = .endOfSequence
        break
      }
      answer.tokens.append(token)
      chain.append(Chain.code(ofToken: token))
    }
    return answer
  }
}

/// A question's only right answer.
struct Answer: Sendable {
  let promptTokenCount: Int
  let looks: [Picture.Look]
  var tokens: [Int32] = []
  var reason = FinishReason.tokenLimit
}
