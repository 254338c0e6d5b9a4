import Foundation
import Testing

@testable import Tokenizer

@Suite struct TokenizerTests {
  @Test func theDemonstrationModelsFilesSayWhatTheyShould() throws {
    let tokenizer = try Fixtures.tokenizer()
    #expect(tokenizer.vocabularySize == 960)
    #expect(tokenizer.beginningOfSequenceID == 1 && tokenizer.endOfSequenceID == 2)
    #expect(tokenizer.isLegacy)
    #expect(tokenizer.addedTokens["<image>"] == 960 && tokenizer.addedTokens["<pad>"] == 961)
  }

  @Test func everyPieceHasTheBytesItStandsFor() throws {
    let tokenizer = try Fixtures.tokenizer()
    for id in Int32(0)...2 { #expect(tokenizer.bytes(of: id) == []) }
    for byte in UInt8.min...UInt8.max { #expect(tokenizer.bytes(of: 3 + Int32(byte)) == [byte]) }
    for id in Int32(259)..<960 {
      let text = String(decoding: tokenizer.bytes(of: id), as: UTF8.self)
      #expect(!text.isEmpty && !text.contains("\u{2581}") && !text.contains("\u{fffd}"), "id \(id): \(text)")
    }
    #expect(tokenizer.bytes(of: -1) == [] && tokenizer.bytes(of: 960) == [])
  }

  @Test func encodingAndBackIsTheSameText() throws {
    let tokenizer = try Fixtures.tokenizer()
    for seed in UInt64(0)..<500 {
      var random = SeededGenerator(seed: seed)
      let text = String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 1...40, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 1...(random.next() % 2 == 0 ? 0x7f : 0x10ffff), using: &random))
          }))
      // SentencePiece has one sign for a space, and takes that sign in a text for one.
      let spaced = text.replacingOccurrences(of: "\u{2581}", with: " ")
      for continues in [false, true] where !text.isEmpty {
        let bytes = try tokenizer.encode(text, continues: continues).flatMap { tokenizer.bytes(of: $0) }
        #expect(bytes == Array((continues ? spaced : " " + spaced).utf8), "seed \(seed): \(text)")
      }
    }
    #expect(try tokenizer.encode("") == [])
  }

  @Test func aDirectoryWithoutATokenizerIsNamed() throws {
    try Fixtures.withFolder { folder in
      let error = #expect(throws: TokenizerError.self) { try Tokenizer(directory: folder.path) }
      #expect(error?.code == .unreadable && error?.message.contains("tokenizer.model") == true)
    }
  }

  @Test func whatIsNoTokenizerIsMalformed() throws {
    let model = try Data(contentsOf: Fixtures.demo.appendingPathComponent("tokenizer.model"))
    let files: [(name: String, text: Data, words: String)] = [
      ("tokenizer.model", Data("not a model".utf8), "tokenizer.model"),
      ("tokenizer.model", Data(), "tokenizer.model"),
      ("tokenizer_config.json", Data("{".utf8), "tokenizer_config.json"),
      ("tokenizer_config.json", Data(#"{"legacy": 3}"#.utf8), "legacy"),
      ("tokenizer_config.json", Data(#"{"bos_token": "<begin>"}"#.utf8), "<begin>"),
      ("tokenizer_config.json", Data(#"{"added_tokens_decoder": {"x": "y"}}"#.utf8), "\"x\""),
      ("added_tokens.json", Data(#"{"<image>": "960"}"#.utf8), "added_tokens.json"),
    ]
    for file in files {
      try Fixtures.withFolder { folder in
        try model.write(to: folder.appendingPathComponent("tokenizer.model"))
        try file.text.write(to: folder.appendingPathComponent(file.name))
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(directory: folder.path) }
        #expect(
          error?.code == .malformed && error?.message.contains(file.words) == true,
          "\(error?.description ?? "no error")")
      }
    }
  }

  @Test func tokensMayBeWrittenAsObjectsAndLegacyMayBeFalse() throws {
    try Fixtures.withFolder { folder in
      try FileManager.default.copyItem(
        at: Fixtures.demo.appendingPathComponent("tokenizer.model"),
        to: folder.appendingPathComponent("tokenizer.model"))
      try Data(#"{"legacy": false, "bos_token": {"content": "<s>"}, "eos_token": {"content": "<unk>"}}"#.utf8)
        .write(to: folder.appendingPathComponent("tokenizer_config.json"))
      let tokenizer = try Tokenizer(directory: folder.path)
      #expect(!tokenizer.isLegacy && tokenizer.endOfSequenceID == 0 && tokenizer.addedTokens.isEmpty)
    }
  }

  /// A model cut short, or with a byte changed, opens or is malformed; nothing else happens.
  @Test func aDamagedModelNeverCrashes() throws {
    let model = Array(try Data(contentsOf: Fixtures.demo.appendingPathComponent("tokenizer.model")))
    for seed in UInt64(0)..<200 {
      var random = SeededGenerator(seed: seed)
      var damaged = model
      if random.next() % 4 == 0 {
        damaged.removeLast(Int.random(in: 1..<model.count, using: &random))
      } else {
        damaged[Int.random(in: 0..<model.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let pieces = try SentencePiece(damaged, from: "seed \(seed)")
        _ = try pieces.encode("A red cross, é.")
        for id in 0..<Int32(pieces.pieceCount) { _ = pieces.bytes(of: id) }
      } catch {
        #expect(error.code == .malformed || error.code == .encodingFailed, "seed \(seed)")
      }
    }
  }
}
