import Foundation

/// `tokenizer.json` of LLaMA's kind: byte-pair merges over characters, with a byte for what no piece covers.
///
/// A piece's score is how early it is merged, so that SentencePiece's encoder merges in the same order.
/// Format: https://huggingface.co/docs/tokenizers (`Tokenizer.to_str`).
struct TokenizerJSON: Decodable {
  struct Model: Decodable {
    let type: String?
    let vocab: [String: Int32]
    let merges: [Merge]
    let byteFallback: Bool?
    let unknown: String?

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges
      case byteFallback = "byte_fallback"
      case unknown = "unk_token"
    }
  }

  /// Two pieces, in a list or with a space between them.
  struct Merge: Decodable {
    let merged: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let parts: [String]
      do {
        parts = try container.decode([String].self)
      } catch DecodingError.typeMismatch {
        parts = try container.decode(String.self).split(separator: " ", omittingEmptySubsequences: false).map(
          String.init)
      }
      guard parts.count == 2 else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "a merge of \(parts.count) pieces")
      }
      merged = parts[0] + parts[1]
    }
  }

  struct Added: Decodable {
    let id: Int32
    let content: String
  }

  /// A step of the pipeline, or a sequence of steps.
  struct Step: Decodable {
    let type: String
    let normalizers: [Step]?
    let pretokenizers: [Step]?
    let prependScheme: String?
    let addPrefixSpace: Bool?

    enum CodingKeys: String, CodingKey {
      case type, normalizers, pretokenizers
      case prependScheme = "prepend_scheme"
      case addPrefixSpace = "add_prefix_space"
    }

    var all: [Step] { [self] + ((normalizers ?? []) + (pretokenizers ?? [])).flatMap(\.all) }
  }

  let model: Model
  let addedTokens: [Added]?
  let normalizer: Step?
  let preTokenizer: Step?

  enum CodingKeys: String, CodingKey {
    case model, normalizer
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
  }
}

extension TokenizerJSON {
  /// The same vocabulary as pieces; throws where the file is of another kind.
  func vocabulary(beginning: String, end: String, file: String) throws(TokenizerError) -> EmbeddedVocabulary {
    let steps = (normalizer?.all ?? []) + (preTokenizer?.all ?? [])
    guard model.type ?? "BPE" == "BPE", model.byteFallback == true, !steps.contains(where: { $0.type == "ByteLevel" })
    else {
      let bytes = steps.contains { $0.type == "ByteLevel" } || model.byteFallback != true ? " over bytes" : ""
      throw TokenizerError(
        code: .unsupported,
        message: "\(file): expected a vocabulary of LLaMA's kind (BPE with byte_fallback), found "
          + "\(model.type ?? "BPE")\(bytes), as Llama 3 or Qwen have it")
    }
    let count = model.vocab.count
    var names = [String?](repeating: nil, count: count)
    for (name, id) in model.vocab {
      guard names.indices.contains(Int(id)), names[Int(id)] == nil else {
        throw TokenizerError(
          code: .malformed,
          message: "\(file): model.vocab: expected each id from 0 to \(count - 1) once, found \(id) for \"\(name)\"")
      }
      names[Int(id)] = name
    }
    func id(of name: String) throws(TokenizerError) -> Int32 {
      guard let id = model.vocab[name] else {
        throw TokenizerError(code: .malformed, message: "\(file): expected a piece \"\(name)\", found none")
      }
      return id
    }
    let metaspace = steps.first { $0.type == "Metaspace" }
    let prefix =
      steps.contains { $0.type == "Prepend" }
      || metaspace.map { $0.prependScheme.map { $0 != "never" } ?? $0.addPrefixSpace ?? true } ?? false
    let unknown = model.unknown ?? "<unk>"
    return EmbeddedVocabulary(
      pieces: pieces(names.map { $0 ?? "" }, unknown: unknown),
      beginningOfSequenceID: try id(of: beginning), endOfSequenceID: try id(of: end), unknownID: try id(of: unknown),
      addsSpacePrefix: prefix)
  }

  private func pieces(_ names: [String], unknown: String) -> [EmbeddedVocabulary.Piece] {
    var ranks: [String: Int] = [:]
    for (rank, merge) in model.merges.enumerated() where ranks[merge.merged] == nil { ranks[merge.merged] = rank }
    let added = Set((addedTokens ?? []).map(\.content))
    return names.map { name in
      // What is never merged scores below all that is.
      let score = -Float(ranks[name] ?? model.merges.count)
      let kind: EmbeddedVocabulary.Kind =
        if name == unknown { .unknown } else if added.contains(name) { .control } else if name.isByte { .byte } else {
          .normal
        }
      return EmbeddedVocabulary.Piece(text: Array(name.utf8), score: score, kind: kind)
    }
  }
}

extension String {
  /// The spelling of a byte's piece: <0x0A>.
  fileprivate var isByte: Bool { wholeMatch(of: /<0x[0-9A-F]{2}>/) != nil }
}
