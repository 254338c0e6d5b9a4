/// LLaMA's tokenizer: text to token ids, and each id back to the bytes that it adds to a text.
///
/// A special token (`<s>`, `</s>`, `<unk>`, `<image>`) is never made from text: who writes its name gets the characters.
public struct Tokenizer: Sendable {
  /// Pieces that the tokenizer itself has. An embedding may have more rows; an id from here on is never to be generated.
  public let vocabularySize: Int
  public let beginningOfSequenceID: Int32
  public let endOfSequenceID: Int32
  /// Whether the text after a special token gets a leading space as the first text does
  /// (transformers' `legacy`, which is true where the configuration does not say).
  public let isLegacy: Bool
  /// Tokens beside the pieces that the model's directory names, such as `<image>`.
  public let addedTokens: [String: Int32]

  private let pieces: SentencePiece
  /// The same pieces, for text that gets no leading space.
  private let continuing: SentencePiece
  /// By id, the bytes of each piece.
  private let pieceBytes: [[UInt8]]

  /// From `tokenizer.model`, `tokenizer_config.json` and `added_tokens.json` of a model's directory; only the first must
  /// be there.
  public init(directory: String) throws(TokenizerError) {
    let path = "\(directory)/tokenizer_config.json"
    let configuration = try TokenizerFiles.json(path, as: TokenizerFiles.Configuration.self)
    var added = try TokenizerFiles.json("\(directory)/added_tokens.json", as: [String: Int32].self) ?? [:]
    for (id, token) in configuration?.addedTokens ?? [:] {
      guard let id = Int32(id) else {
        throw TokenizerError(
          code: .malformed, message: "\(path): added_tokens_decoder: expected token ids, found \"\(id)\"")
      }
      added[token.content] = id
    }
    try self.init(
      modelFile: "\(directory)/tokenizer.model", beginning: configuration?.beginning?.content ?? "<s>",
      end: configuration?.end?.content ?? "</s>", isLegacy: configuration?.legacy ?? true, addedTokens: added)
  }

  /// From a SentencePiece model alone; `beginning` and `end` are the spellings of pieces in it.
  public init(
    modelFile: String, beginning: String = "<s>", end: String = "</s>", isLegacy: Bool = true,
    addedTokens: [String: Int32] = [:]
  ) throws(TokenizerError) {
    let model = try TokenizerFiles.model(modelFile)
    let pieces = try SentencePiece(model, from: modelFile)
    func id(of piece: String) throws(TokenizerError) -> Int32 {
      guard let id = pieces.id(of: piece) else {
        throw TokenizerError(code: .malformed, message: "\(modelFile): expected a piece \"\(piece)\", found none")
      }
      return id
    }
    beginningOfSequenceID = try id(of: beginning)
    endOfSequenceID = try id(of: end)
    vocabularySize = pieces.pieceCount
    pieceBytes = (0..<Int32(pieces.pieceCount)).map { pieces.bytes(of: $0) }
    // A protocol buffer written after another one adds its fields to it: normalizer_spec { add_dummy_prefix: false }.
    continuing = try SentencePiece(model + [0x1a, 2, 0x18, 0], from: modelFile)
    self.pieces = pieces
    self.isLegacy = isLegacy
    self.addedTokens = addedTokens
  }

  /// The ids of one piece of text. The model's leading space is put before it unless it `continues` what came before.
  public func encode(_ text: String, continues: Bool = false) throws(TokenizerError) -> [Int32] {
    text.isEmpty ? [] : try (continues ? continuing : pieces).encode(text)
  }

  /// What a token adds to the text; nothing for a control token, and for an id that is no piece.
  public func bytes(of id: Int32) -> [UInt8] {
    pieceBytes.indices.contains(Int(id)) ? pieceBytes[Int(id)] : []
  }
}
