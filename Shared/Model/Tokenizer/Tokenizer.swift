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

  /// The vocabulary as a `tokenizer.model` holds it.
  public let serializedModel: [UInt8]

  private let pieces: SentencePiece
  /// The same pieces, for text that gets no leading space.
  private let continuing: SentencePiece
  /// By id, the bytes of each piece.
  private let pieceBytes: [[UInt8]]

  /// From `tokenizer.model` of a model's directory, or `tokenizer.json` where only that is there, with what
  /// `tokenizer_config.json` and `added_tokens.json` say besides.
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
    let (beginning, end) = (configuration?.beginning?.content ?? "<s>", configuration?.end?.content ?? "</s>")
    let isLegacy = configuration?.legacy ?? true
    let file = "\(directory)/tokenizer.model"
    let whole = "\(directory)/tokenizer.json"
    if TokenizerFiles.has(file) {
      try self.init(modelFile: file, beginning: beginning, end: end, isLegacy: isLegacy, addedTokens: added)
    } else if let json = try TokenizerFiles.json(whole, as: TokenizerJSON.self) {
      let vocabulary = try json.vocabulary(beginning: beginning, end: end, file: whole)
      for token in json.addedTokens ?? [] where added[token.content] == nil { added[token.content] = token.id }
      try self.init(
        serialized: vocabulary.serializedModel, from: whole, beginning: beginning, end: end, isLegacy: isLegacy,
        addedTokens: added)
    } else {
      throw TokenizerError(
        code: .unreadable, message: "\(directory): expected tokenizer.model or tokenizer.json, found neither")
    }
  }

  /// From a SentencePiece model alone; `beginning` and `end` are the spellings of pieces in it.
  public init(
    modelFile: String, beginning: String = "<s>", end: String = "</s>", isLegacy: Bool = true,
    addedTokens: [String: Int32] = [:]
  ) throws(TokenizerError) {
    try self.init(
      serialized: try TokenizerFiles.model(modelFile), from: modelFile, beginning: beginning, end: end,
      isLegacy: isLegacy, addedTokens: addedTokens)
  }

  /// From a list of pieces; those behind the vocabulary proper are added tokens. `file` is what errors call the place.
  ///
  /// Files that hold a vocabulary so do not say whether it is legacy; LLaVA's own is not.
  public init(
    embedded vocabulary: EmbeddedVocabulary, isLegacy: Bool = false, from file: String = "vocabulary"
  ) throws(TokenizerError) {
    let own = vocabulary.ownPieces.count
    func spelling(_ id: Int32) throws(TokenizerError) -> String {
      guard (0..<own).contains(Int(id)) else {
        throw TokenizerError(
          code: .malformed, message: "\(file): expected special tokens among the \(own) pieces, found id \(id)")
      }
      return String(decoding: vocabulary.pieces[Int(id)].text, as: UTF8.self)
    }
    var added: [String: Int32] = [:]
    for (id, piece) in vocabulary.pieces.enumerated() where id >= own && piece.kind != .unused {
      added[String(decoding: piece.text, as: UTF8.self)] = Int32(id)
    }
    try self.init(
      serialized: vocabulary.serializedModel, from: file, beginning: try spelling(vocabulary.beginningOfSequenceID),
      end: try spelling(vocabulary.endOfSequenceID), isLegacy: isLegacy, addedTokens: added)
  }

  private init(
    serialized model: [UInt8], from file: String, beginning: String, end: String, isLegacy: Bool,
    addedTokens: [String: Int32]
  ) throws(TokenizerError) {
    let pieces = try SentencePiece(model, from: file)
    func id(of piece: String) throws(TokenizerError) -> Int32 {
      guard let id = pieces.id(of: piece) else {
        throw TokenizerError(code: .malformed, message: "\(file): expected a piece \"\(piece)\", found none")
      }
      return id
    }
    beginningOfSequenceID = try id(of: beginning)
    endOfSequenceID = try id(of: end)
    vocabularySize = pieces.pieceCount
    pieceBytes = (0..<Int32(pieces.pieceCount)).map { pieces.bytes(of: $0) }
    // A protocol buffer written after another one adds its fields to it: normalizer_spec { add_dummy_prefix: false }.
    continuing = try SentencePiece(model + [0x1a, 2, 0x18, 0], from: file)
    serializedModel = model
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

  /// How the vocabulary writes a token; U+FFFD for an id that is no piece.
  public func spelling(of id: Int32) -> String { pieces.spelling(of: id) ?? "\u{FFFD}" }

  /// The vocabulary as a list of pieces.
  public var embedded: EmbeddedVocabulary {
    EmbeddedVocabulary(
      pieces: (0..<Int32(vocabularySize)).map { pieces.piece($0) }, beginningOfSequenceID: beginningOfSequenceID,
      endOfSequenceID: endOfSequenceID,
      unknownID: (0..<Int32(vocabularySize)).first { pieces.piece($0).kind == .unknown } ?? 0,
      addsSpacePrefix: pieces.encodesLeadingSpace)
  }

  /// Added tokens that an answer may hold: all but those that stand for images and for padding.
  public func generableAddedTokens(excluding excluded: Set<Int32>) -> Set<Int32> {
    let silent: Set = ["<image>", "<pad>"]
    return Set(
      addedTokens.filter { Int($1) >= vocabularySize && !excluded.contains($1) && !silent.contains($0) }.values)
  }
}
