import Foundation
import Testing

@testable import Tokenizer

/// One vocabulary in three forms gives the same ids.
@Suite struct VocabularyTests {
  struct Golden: Decodable {
    let text: String
    let ids: [Int32]
  }

  /// The demonstration model's vocabulary as a file, as a list of pieces, and as `tokenizer.json`.
  private func forms() throws -> [(name: String, tokenizer: Tokenizer)] {
    let file = try Fixtures.tokenizer()
    var forms = [("tokenizer.model", file), ("pieces", try Tokenizer(embedded: file.embedded))]
    try Fixtures.withFolder { folder in
      for name in ["tokenizer.json", "tokenizer_config.json"] {
        try FileManager.default.copyItem(
          at: Fixtures.demo.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
      forms.append(("tokenizer.json", try Tokenizer(directory: folder.path)))
    }
    return forms
  }

  @Test func everyFormGivesTheIDsOfTheTokenizersLibrary() throws {
    let path = Fixtures.repository.appendingPathComponent("Tests/Golden/prompts/vocabulary.json")
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: path))
    #expect(goldens.count == 300)
    for (name, tokenizer) in try forms() {
      #expect(tokenizer.vocabularySize == 960 && tokenizer.endOfSequenceID == 2)
      for golden in goldens { #expect(try tokenizer.encode(golden.text) == golden.ids, "\(name): \(golden.text)") }
    }
  }

  @Test func everyFormGivesTheSameIDsForTextsOfAnyKind() throws {
    let forms = try forms()
    for seed in UInt64(0)..<500 {
      var random = SeededGenerator(seed: seed)
      let scalars = (0..<Int.random(in: 1...60, using: &random)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 1...(random.next() % 3 == 0 ? 0x2fff : 0x7f), using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      for continues in [false, true] {
        let expected = try forms[0].tokenizer.encode(text, continues: continues)
        for (name, tokenizer) in forms.dropFirst() {
          #expect(try tokenizer.encode(text, continues: continues) == expected, "\(name), seed \(seed): \(text)")
        }
      }
    }
  }

  @Test func specialNamesInATextAreTextInEveryForm() throws {
    for (form, tokenizer) in try forms() {
      for name in ["<s>", "</s>", "<unk>", "<image>", "<pad>", "<|im_end|>", "<0x0A>"] {
        let ids = try tokenizer.encode(name)
        #expect(ids.allSatisfy { $0 > 2 && $0 < 960 }, "\(form): \(name)")
        #expect(String(decoding: ids.flatMap { tokenizer.bytes(of: $0) }, as: UTF8.self) == " " + name)
      }
    }
  }

  @Test func tokensBehindTheVocabularyAreAddedOnes() throws {
    let own = try Fixtures.tokenizer().embedded
    func piece(_ text: String, _ kind: EmbeddedVocabulary.Kind) -> EmbeddedVocabulary.Piece {
      .init(text: Array(text.utf8), score: -1000, kind: kind)
    }
    let pieces = own.pieces + [piece("<image>", .userDefined), piece("<pad>", .control), piece("[PAD962]", .unused)]
    let vocabulary = EmbeddedVocabulary(
      pieces: pieces, beginningOfSequenceID: 1, endOfSequenceID: 2, unknownID: 0)
    let tokenizer = try Tokenizer(embedded: vocabulary)
    #expect(tokenizer.vocabularySize == 960)
    #expect(tokenizer.addedTokens == ["<image>": 960, "<pad>": 961])
    #expect(tokenizer.generableAddedTokens(excluding: []) == [])
    let outside = EmbeddedVocabulary(
      pieces: pieces, beginningOfSequenceID: 1, endOfSequenceID: 961, unknownID: 0)
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(embedded: outside) }
    #expect(error?.message.contains("found id 961") == true)
  }

  @Test func whatWeWriteIsWhatWeRead() throws {
    let tokenizer = try Fixtures.tokenizer()
    try Fixtures.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.model")
      try Data(tokenizer.embedded.serializedModel).write(to: file)
      let read = try Tokenizer(modelFile: file.path)
      #expect(read.embedded == tokenizer.embedded)
    }
  }

  private static func json(_ model: String, _ rest: String = "") -> String { #"{"model": \#(model)\#(rest)}"# }

  @Test(arguments: [
    (json(#"{"type": "BPE", "vocab": {}, "merges": []}"#), "over bytes"),
    (
      json(
        #"{"type": "BPE", "byte_fallback": true, "vocab": {}, "merges": []}"#,
        #", "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": false}]}"#
      ),
      "Llama 3"
    ),
    (json(#"{"type": "WordPiece", "vocab": {}, "merges": []}"#), "WordPiece"),
    (json(#"{"type": "Unigram", "vocab": {}, "merges": []}"#), "Unigram"),
    (json(#"{"type": "BPE", "byte_fallback": true, "vocab": {"a": 1}, "merges": []}"#), "each id from 0 to 0 once"),
    (json(#"{"type": "BPE", "byte_fallback": true, "vocab": {"a": 0, "b": 0}, "merges": []}"#), "once"),
    (json(#"{"type": "BPE", "byte_fallback": true, "vocab": {"a": -1}, "merges": []}"#), "found -1"),
    (json(#"{"type": "BPE", "byte_fallback": true, "vocab": {"a": 0}, "merges": []}"#), "\"<s>\""),
    (json(#"{"type": "BPE", "byte_fallback": true, "vocab": {"a": 0}, "merges": ["a"]}"#), "a merge of 1 pieces"),
    (json(#"{"type": "BPE", "vocab": ["a"], "merges": []}"#), "tokenizer.json"), ("{}", "tokenizer.json"),
    ("", "tokenizer.json"),
  ])
  func aTokenizerJSONOfAnotherKindIsNamed(text: String, words: String) throws {
    try Fixtures.withFolder { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent("tokenizer.json"))
      let error = #expect(throws: TokenizerError.self) { try Tokenizer(directory: folder.path) }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }

  @Test func damagedVocabulariesAreErrorsAndNeverACrash() throws {
    let pieces: [(String, EmbeddedVocabulary.Kind)] =
      [("<unk>", .unknown), ("<s>", .control), ("</s>", .control), ("a", .normal), ("b", .normal), ("ab", .normal)]
      + (0..<256).map { ("<0x" + String(format: "%02X", $0) + ">", .byte) }
    var opened = 0
    for seed in UInt64(0)..<10_000 {
      var random = SeededGenerator(seed: seed)
      var damaged = pieces.map { EmbeddedVocabulary.Piece(text: Array($0.utf8), score: 0, kind: $1) }
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Mostly of the pieces that are no bytes, without any of which the library refuses the whole.
        let index = Int.random(in: 0..<(random.next() % 8 == 0 ? damaged.count : min(6, damaged.count)), using: &random)
        let text = (0..<Int.random(in: 0...3, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let kind = EmbeddedVocabulary.Kind.allCases.randomElement(using: &random)!
        let score = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
        if random.next() % 8 > 0 {
          damaged[index] = .init(text: text, score: score, kind: kind)
        } else {
          damaged.removeSubrange(index..<min(damaged.count, index + 2))
        }
        if damaged.isEmpty { break }
      }
      func id() -> Int32 { Int32.random(in: -2...Int32(damaged.count + 1), using: &random) }
      let vocabulary = EmbeddedVocabulary(
        pieces: damaged, beginningOfSequenceID: Bool.random(using: &random) ? 1 : id(),
        endOfSequenceID: Bool.random(using: &random) ? 2 : id(), unknownID: 0)
      guard let tokenizer = try? Tokenizer(embedded: vocabulary) else { continue }  // refused, which is one of two ends
      opened += 1
      _ = try? tokenizer.encode("ab é \u{0} <s>")
    }
    #expect((100..<9_900).contains(opened), "\(opened) of 10,000 were opened")
  }
}
