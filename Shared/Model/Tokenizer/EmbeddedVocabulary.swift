/// A vocabulary of SentencePiece's kind as a list of pieces, the way GGUF files hold it.
public struct EmbeddedVocabulary: Sendable, Equatable {
  /// What a piece is for; SentencePiece's numbers, which ggml has too (`llama_token_type`).
  public enum Kind: Int32, Sendable, CaseIterable {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  public struct Piece: Sendable, Equatable {
    /// UTF-8, with `▁` for a space.
    public let text: [UInt8]
    /// Of two pairs that could be merged, the one whose piece scores higher is.
    public let score: Float
    public let kind: Kind

    public init(text: [UInt8], score: Float, kind: Kind) {
      self.text = text
      self.score = score
      self.kind = kind
    }
  }

  /// By id.
  public let pieces: [Piece]
  public let beginningOfSequenceID: Int32
  public let endOfSequenceID: Int32
  public let unknownID: Int32
  /// Whether a text gets a leading space.
  public let addsSpacePrefix: Bool

  public init(
    pieces: [Piece], beginningOfSequenceID: Int32, endOfSequenceID: Int32, unknownID: Int32,
    addsSpacePrefix: Bool = true
  ) {
    self.pieces = pieces
    self.beginningOfSequenceID = beginningOfSequenceID
    self.endOfSequenceID = endOfSequenceID
    self.unknownID = unknownID
    self.addsSpacePrefix = addsSpacePrefix
  }

  /// The pieces that text is made of; those behind the last normal one or byte are tokens that were added.
  var ownPieces: ArraySlice<Piece> {
    pieces[...(pieces.lastIndex { $0.kind == .normal || $0.kind == .byte } ?? -1)]
  }

  /// A `tokenizer.model` that encodes as this does.
  ///
  /// Format: `sentencepiece_model.proto`; the numbers are those of its fields.
  var serializedModel: [UInt8] {
    var model = ProtobufBytes()
    for piece in ownPieces {
      var message = ProtobufBytes()
      message.append(field: 1, piece.text)
      message.append(field: 2, piece.score)
      message.append(field: 3, Int(piece.kind.rawValue))
      model.append(field: 1, message.bytes)
    }
    var trainer = ProtobufBytes()
    trainer.append(field: 3, 2)  // BPE
    trainer.append(field: 4, ownPieces.count)
    trainer.append(field: 35, 1)  // byte_fallback
    trainer.append(field: 40, Int(unknownID))
    trainer.append(field: 41, Int(beginningOfSequenceID))
    trainer.append(field: 42, Int(endOfSequenceID))
    model.append(field: 2, trainer.bytes)
    var normalizer = ProtobufBytes()
    normalizer.append(field: 1, Array("identity".utf8))
    normalizer.append(field: 3, addsSpacePrefix ? 1 : 0)  // add_dummy_prefix
    normalizer.append(field: 4, 0)  // remove_extra_whitespaces
    normalizer.append(field: 5, 1)  // escape_whitespaces
    model.append(field: 3, normalizer.bytes)
    return model.bytes
  }
}

/// The bytes of a protocol buffer message (https://protobuf.dev/programming-guides/encoding).
private struct ProtobufBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append(field: Int, _ number: Int) {
    append(varint: UInt64(field << 3))
    append(varint: UInt64(bitPattern: Int64(number)))
  }

  mutating func append(field: Int, _ number: Float) {
    append(varint: UInt64(field << 3 | 5))
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift)) }
  }

  mutating func append(field: Int, _ content: [UInt8]) {
    append(varint: UInt64(field << 3 | 2))
    append(varint: UInt64(content.count))
    bytes += content
  }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
