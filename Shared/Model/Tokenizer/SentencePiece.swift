import CSentencePiece

/// A SentencePiece model in memory.
// Sound: an open model is only read, and the library allows that to any number of threads.
final class SentencePiece: @unchecked Sendable {
  private let model: OpaquePointer
  let pieceCount: Int

  /// `file` is what errors call the place that `serialized` came from.
  init(_ serialized: [UInt8], from file: String) throws(TokenizerError) {
    var model: OpaquePointer?
    var error = [CChar](repeating: 0, count: 512)
    let status = llava_sentencepiece_open(&model, &error, serialized, error.count, serialized.count)
    guard status == 0, let model else {
      let reason = String(decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw TokenizerError(code: .malformed, message: "\(file): expected a SentencePiece model: \(reason)")
    }
    self.model = model
    pieceCount = Int(llava_sentencepiece_piece_count(model))
  }

  deinit { llava_sentencepiece_close(model) }

  /// The id of the piece spelled so.
  func id(of piece: String) -> Int32? {
    let id = llava_sentencepiece_id(model, piece)
    return id < 0 ? nil : id
  }

  func spelling(of id: Int32) -> String? {
    var count = 0
    guard let characters = llava_sentencepiece_piece(&count, model, id) else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: characters, count: count), as: UTF8.self)
  }

  /// The piece with everything that a list of pieces says of it. `id` must be in range.
  func piece(_ id: Int32) -> EmbeddedVocabulary.Piece {
    let kind: EmbeddedVocabulary.Kind =
      switch llava_sentencepiece_kind(model, id) {
      case LLAVA_PIECE_BYTE: .byte
      case LLAVA_PIECE_CONTROL: .control
      case LLAVA_PIECE_UNKNOWN: .unknown
      case LLAVA_PIECE_UNUSED: .unused
      default: .normal
      }
    return EmbeddedVocabulary.Piece(
      text: Array((spelling(of: id) ?? "").utf8), score: llava_sentencepiece_score(model, id), kind: kind)
  }

  /// Whether a text gets a leading space.
  var encodesLeadingSpace: Bool {
    guard let first = (try? encode("a"))?.first else { return false }  // a letter is always encoded
    return spelling(of: first)?.hasPrefix("\u{2581}") == true
  }

  func encode(_ text: String) throws(TokenizerError) -> [Int32] {
    var text = text
    let encoded: [Int32]? = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { characters in
        // A byte is at most one id, and the leading space one more; a normalizer that makes text longer needs a second try.
        var capacity = characters.count + 8
        while true {
          var ids = [Int32](repeating: 0, count: capacity)
          let count = Int(llava_sentencepiece_encode(&ids, model, characters.baseAddress, capacity, characters.count))
          guard count > capacity else { return count < 0 ? nil : Array(ids.prefix(count)) }
          capacity = count
        }
      }
    }
    guard let encoded else {
      throw TokenizerError(
        code: .encodingFailed, message: "SentencePiece could not encode a text of \(text.utf8.count) bytes")
    }
    return encoded
  }

  /// What a token adds to the text: `▁` is a space, a byte piece its byte, a control piece nothing.
  func bytes(of id: Int32) -> [UInt8] {
    var count = 0
    guard let characters = llava_sentencepiece_piece(&count, model, id) else { return [] }
    let spelling = UnsafeRawBufferPointer(start: characters, count: count)
    switch llava_sentencepiece_kind(model, id) {
    case LLAVA_PIECE_TEXT:
      return Self.withSpaces(spelling)
    case LLAVA_PIECE_BYTE:  // <0x0A>
      let digits = String(decoding: spelling.dropFirst(3).dropLast(), as: UTF8.self)
      return UInt8(digits, radix: 16).map { [$0] } ?? []
    default:
      return []
    }
  }

  private static func withSpaces(_ spelling: UnsafeRawBufferPointer) -> [UInt8] {
    let mark = Array("\u{2581}".utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < spelling.count {
      if spelling[index...].starts(with: mark) {
        bytes.append(UInt8(ascii: " "))
        index += mark.count
      } else {
        bytes.append(spelling[index])
        index += 1
      }
    }
    return bytes
  }
}
