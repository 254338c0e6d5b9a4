public import Checkpoint

extension Tokenizer {
  /// The vocabulary of a model, wherever its files have it.
  public init(_ checkpoint: Checkpoint) throws(TokenizerError) {
    switch checkpoint.vocabulary {
    case .directory(let path): try self.init(directory: path)
    case .embedded(let file): try self.init(file)
    }
  }

  private init(_ file: GGUFFile) throws(TokenizerError) {
    do throws(CheckpointError) {
      let model = try file.text("tokenizer.ggml.model")
      guard model == "llama" else {
        throw CheckpointError(
          code: .unsupportedModel,
          message: "\(file.path): tokenizer.ggml.model: expected \"llama\" (SentencePiece), found \"\(model)\"")
      }
    } catch {
      throw TokenizerError(code: .unsupported, message: error.message)
    }
    let vocabulary: EmbeddedVocabulary
    let isLegacy: Bool
    do throws(CheckpointError) {
      vocabulary = try EmbeddedVocabulary(file)
      isLegacy = try file.flagIfPresent(Self.legacyKey) ?? false
    } catch {
      throw TokenizerError(code: .malformed, message: error.message)
    }
    try self.init(embedded: vocabulary, isLegacy: isLegacy, from: file.path)
  }

  /// Our own key in GGUF files, for which llama.cpp has none.
  public static let legacyKey = "llava.tokenizer.legacy"
}

extension EmbeddedVocabulary {
  /// What the metadata say, in llama.cpp's keys.
  fileprivate init(_ file: GGUFFile) throws(CheckpointError) {
    let texts = try file.texts("tokenizer.ggml.tokens")
    let scores = try file.numbers("tokenizer.ggml.scores")
    let kinds = try file.integers("tokenizer.ggml.token_type")
    guard scores.count == texts.count, kinds.count == texts.count else {
      throw CheckpointError(
        code: .malformed,
        message: "\(file.path): expected as many scores and token types as tokens (\(texts.count)), found "
          + "\(scores.count) and \(kinds.count)")
    }
    var pieces: [Piece] = []
    pieces.reserveCapacity(texts.count)
    for (index, text) in texts.enumerated() {
      guard let kind = Int32(exactly: kinds[index]).flatMap(Kind.init) else {
        throw CheckpointError(
          code: .malformed,
          message: "\(file.path): tokenizer.ggml.token_type: expected 1 to 6, found \(kinds[index]) for token \(index)")
      }
      pieces.append(Piece(text: text, score: scores[index], kind: kind))
    }
    func id(_ key: String, absent: Int) throws(CheckpointError) -> Int32 {
      let id = try file.integerIfPresent("tokenizer.ggml.\(key)") ?? absent
      guard texts.indices.contains(id) else {
        throw CheckpointError(
          code: .malformed,
          message: "\(file.path): tokenizer.ggml.\(key): expected 0 to \(texts.count - 1), found \(id)")
      }
      return Int32(id)
    }
    self.init(
      pieces: pieces, beginningOfSequenceID: try id("bos_token_id", absent: 1),
      endOfSequenceID: try id("eos_token_id", absent: 2), unknownID: try id("unknown_token_id", absent: 0),
      addsSpacePrefix: try file.flagIfPresent("tokenizer.ggml.add_space_prefix") ?? true)
  }
}

extension Checkpoint {
  /// The Jinja text that the model's files give its prompts, nil where they have none. It is never run.
  public var chatTemplate: String? {
    get throws(TokenizerError) {
      switch vocabulary {
      case .directory(let path): return try TokenizerFiles.chatTemplate(path)
      case .embedded(let file):
        do throws(CheckpointError) {
          return try file.textIfPresent("tokenizer.chat_template")
        } catch {
          throw TokenizerError(code: .malformed, message: error.message)
        }
      }
    }
  }
}

extension PromptTemplate {
  /// The template that a model wants.
  ///
  /// The original asks LLaVA-1.5, and 1.6 on Vicuna, in `vicuna_v1` whoever publishes it, where transformers uses the
  /// template of the files.
  /// Throws `unknownTemplate` where the files have one that is not among the known.
  public init(of checkpoint: Checkpoint, as behaviour: PromptBehaviour) throws(TokenizerError) {
    guard let text = try checkpoint.chatTemplate else {
      self = behaviour == .original ? .vicunaV1 : .llavaHF
      return
    }
    do throws(TokenizerError) {
      let found = try PromptTemplate(recognizing: text)
      self = behaviour == .original && found.isTransformersVicuna ? .vicunaV1 : found
    } catch {
      throw TokenizerError(code: error.code, message: "\(checkpoint.path): \(error.message)")
    }
  }
}
