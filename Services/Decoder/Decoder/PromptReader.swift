import Checkpoint
import Contracts
import LanguageModel
import Numerics
import RPC
import Serving
import Tokenizer

/// Turns a request into a sequence: text into tokens, options into a sampler, and everything wrong into an error that
/// says which of the two numbers is too large.
struct PromptReader: Sendable {
  private let tokenizer: Tokenizer
  private let configuration: ModelConfiguration
  private let contract: FeatureContract
  /// What ends a row of tiles, `[1, hidden]`, where the model has it.
  private let rowEnd: Tensor?
  private let contextLength: Int
  private let styles: PromptStyles

  init(_ checkpoint: Checkpoint, card: ModelCard, rowEnd: Tensor?, template: PromptTemplate?) throws {
    styles = try PromptStyles(checkpoint, reference: card.reference, template: template)
    tokenizer = try Tokenizer(checkpoint)
    configuration = checkpoint.configuration
    contract = card.contract
    self.rowEnd = rowEnd
    contextLength = configuration.language.contextLength
  }

  func sequence(
    for request: GenerateRequest, output: Sequence.Output, stopwatch: Stopwatch,
    enter: @escaping @Sendable (String) -> Void
  ) throws(ServiceError) -> Sequence {
    let style = try styles.style(for: request)
    let layout = try layout(of: request, in: style)
    let room = contextLength - layout.promptRowCount
    let limit = min(request.tokenLimit == 0 ? GenerateRequest.defaultTokenLimit : request.tokenLimit, room)
    guard request.spoken.count <= limit else {
      throw ServiceError(.invalidRequest, "\(request.spoken.count) tokens of an answer of \(limit) were said already")
    }
    do {
      return Sequence(
        layout: layout, rowEnd: rowEnd, style: style, tokenLimit: limit,
        endOfSequenceIDs: ends(of: style.template),
        sampler: try Sampler(SamplingOptions(request.sampling), vocabulary: vocabulary),
        text: try TextStream(tokenizer, stopStrings: request.stops + style.template.stopStrings), stopwatch: stopwatch,
        output: output, enter: enter)
    } catch let error as SamplingError {
      throw ServiceError(.invalidRequest, error.message)
    } catch {
      throw ServiceError(.invalidRequest, "\(error)")
    }
  }

  /// The model's own, and what ends a turn in the template.
  private func ends(of template: PromptTemplate) -> Set<Int32> {
    Set(configuration.endOfSequenceIDs.map { Int32($0) } + template.endMarks.compactMap { tokenizer.addedTokens[$0] })
  }

  /// What may be generated: what the tokenizer knows, but for images and padding.
  private var vocabulary: VocabularyMask {
    let silent = Set([configuration.imageTokenID, configuration.padTokenID].compactMap { $0.map { Int32($0) } })
    let own = Int32(tokenizer.vocabularySize)
    let added = tokenizer.generableAddedTokens(excluding: silent).filter { $0 < configuration.language.vocabularySize }
    let end = max(own, (added.max() ?? -1) + 1)
    return VocabularyMask(tokenCount: Int(end), excluding: silent.union((own..<end).filter { !added.contains($0) }))
  }

  private func layout(of request: GenerateRequest, in style: PromptStyle) throws(ServiceError) -> PromptLayout {
    let conversation = Conversation(turns: request.turns.map(Conversation.Turn.init))
    let prompt: Prompt
    do throws(TokenizerError) {
      prompt = try tokenizer.prompt(for: conversation, template: style.template, as: style.reference.behaviour)
    } catch {
      throw ServiceError(error.code == .encodingFailed ? .internalFailure : .invalidRequest, error.message)
    }
    let placed = prompt.elements.compactMap { element in
      if case .image(let index) = element { index } else { nil }
    }
    guard placed == Array(request.images.indices) else {
      throw ServiceError(
        .invalidRequest,
        "the turns place the images \(placed), but \(request.images.count) came: place each once, in their order")
    }
    // Counted before rows are laid out: an image too many must not cost memory.
    var tokenCount = prompt.elements.count - placed.count
    var images: [PlannedImage] = []
    for reference in request.images {
      let image = try PlannedImage(reference, contract: contract, endsRows: rowEnd != nil)
      tokenCount += image.tokenCount
      images.append(image)
    }
    guard tokenCount < contextLength else {
      let imageTokenCount = tokenCount - (prompt.elements.count - placed.count)
      throw ServiceError(
        .tooLarge,
        "the prompt has \(tokenCount) tokens (\(imageTokenCount) of them for images); the model's context is "
          + "\(contextLength), and the answer needs at least one: ask less, or about fewer images"
          + (request.images.contains { $0.viewCount > 1 } ? ", or in fewer tiles" : ""))
    }
    if let token = request.spoken.first(where: { !(0..<Int32(configuration.language.vocabularySize)).contains($0) }) {
      throw ServiceError(.invalidRequest, "the answer goes on after token \(token), which the model does not have")
    }
    return PromptLayout(prompt, images: images, salt: request.salt, spoken: request.spoken)
  }
}

extension Conversation.Turn {
  init(_ turn: Contracts.Turn) {
    self.init(
      turn.speaker == .user ? .user : .assistant,
      turn.parts.map { part in
        switch part {
        case .text(let text): .text(text)
        case .image(let index): .image(index)
        }
      })
  }
}

extension SamplingOptions {
  /// What a request leaves out stays as it is by default.
  init(_ sampling: Sampling) {
    self.init()
    temperature = sampling.temperature ?? temperature
    topK = sampling.topK ?? topK
    topP = sampling.topP ?? topP
    minP = sampling.minP ?? minP
    repetitionPenalty = sampling.repetitionPenalty ?? repetitionPenalty
    presencePenalty = sampling.presencePenalty ?? presencePenalty
    frequencyPenalty = sampling.frequencyPenalty ?? frequencyPenalty
    seed = sampling.seed ?? seed
    logitBias = sampling.logitBias
    logprobCount = sampling.logprobs
  }
}
