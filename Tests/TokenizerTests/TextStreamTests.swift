import Foundation
import Testing

@testable import Tokenizer

@Suite struct TextStreamTests {
  struct Example: Decodable {
    struct Turn: Decodable {
      let answer: String
      let tokenIDs: [Int32]

      enum CodingKeys: String, CodingKey {
        case answer
        case tokenIDs = "token_ids"
      }
    }

    let turns: [Turn]
  }

  func text(_ ids: [Int32], _ tokenizer: Tokenizer, stops: [String] = []) throws -> (text: String, stop: String?) {
    var stream = try TextStream(tokenizer, stopStrings: stops)
    var text = ""
    for id in ids { text += stream.push(id) }
    text += stream.finish()
    return (text, stream.stopString)
  }

  @Test func answersOfTheSamplesDecodeToTheirTexts() throws {
    let tokenizer = try Fixtures.tokenizer()
    let turns = try Fixtures.lines("samples/examples.jsonl", as: Example.self).flatMap(\.turns)
    #expect(turns.count > 80)
    for turn in turns {
      #expect(try text(turn.tokenIDs + [2], tokenizer).text == turn.answer)
    }
  }

  @Test func aWordIsOutAsSoonAsItsTokenIs() throws {
    let tokenizer = try Fixtures.tokenizer()
    var stream = try TextStream(tokenizer)
    #expect(try tokenizer.encode("The red cross").map { stream.push($0) }.joined() == "The red cross")
  }

  @Test func aCharacterIsNeverCut() throws {
    let tokenizer = try Fixtures.tokenizer()
    var stream = try TextStream(tokenizer)
    // The vocabulary has neither of them: each is bytes.
    let pushed = try tokenizer.encode("é🙂", continues: true).map { stream.push($0) }
    #expect(pushed == ["", "é", "", "", "", "🙂"])
    #expect(stream.finish() == "")
  }

  @Test func onlyTheFirstSpaceIsLeftOut() throws {
    let tokenizer = try Fixtures.tokenizer()
    #expect(try text(tokenizer.encode("a  b"), tokenizer).text == "a  b")
    #expect(try text(tokenizer.encode("  a"), tokenizer).text == "  a")
    #expect(try text(tokenizer.encode("a", continues: true), tokenizer).text == "a")
  }

  @Test func controlTokensAndIDsBeyondTheVocabularyAddNothing() throws {
    let tokenizer = try Fixtures.tokenizer()
    let ids = try tokenizer.encode("red")
    #expect(try text([1, 2, 0, 960, -1, .max] + ids + [961, .min], tokenizer).text == "red")
  }

  /// Random tokens, bytes above all, and stop strings of the same few letters: invalid UTF-8 and overlaps abound.
  @Test func anyAnswerIsWhatDecodingAllAtOnceGives() throws {
    let tokenizer = try Fixtures.tokenizer()
    for seed in UInt64(0)..<2_000 {
      var random = SeededGenerator(seed: seed)
      let bytes: [UInt8] = [0x20, 0x61, 0x62, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x99, 0x82, 0xed, 0xf4, 0xff]
      let ids = (0..<Int.random(in: 0...24, using: &random)).map { _ in
        random.next() % 4 == 0
          ? Int32.random(in: 0..<960, using: &random) : 3 + Int32(bytes.randomElement(using: &random)!)
      }
      let stops = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        String((0..<Int.random(in: 1...3, using: &random)).map { _ in "ab é€🙂".randomElement(using: &random)! })
      }
      var expected = String(decoding: ids.flatMap { tokenizer.bytes(of: $0) }, as: UTF8.self)
      if expected.utf8.first == UInt8(ascii: " ") { expected = String(expected.unicodeScalars.dropFirst()) }
      let (cut, stop) = Self.cut(expected, at: stops)
      let found = try text(ids, tokenizer, stops: stops)
      #expect(
        Array(found.text.utf8) == Array(cut.utf8) && found.stop == stop,
        "seed \(seed): ids \(ids), stops \(stops): expected \(cut), found \(found)")
    }
  }

  /// The text before the stop string that ends first, the longest of those that end there.
  static func cut(_ text: String, at stops: [String]) -> (String, String?) {
    let bytes = Array(text.utf8)
    for end in bytes.indices.map({ $0 + 1 }) {
      let ending = stops.filter { bytes[..<end].reversed().starts(with: $0.utf8.reversed()) }
      if let stop = ending.max(by: { $0.utf8.count < $1.utf8.count }) {
        return (String(decoding: bytes[..<(end - stop.utf8.count)], as: UTF8.self), stop)
      }
    }
    return (text, nil)
  }

  @Test func whatMayBeginAStopStringIsHeldBack() throws {
    var stops = try StopMatcher(["END", "\n\n"])
    #expect(stops.push("go E") == "go ")
    #expect(stops.push("N") == "")
    #expect(stops.push("T") == "ENT")
    #expect(stops.push("\n") == "")
    #expect(stops.push("x\n") == "\nx")
    #expect(stops.finish() == "\n")
    #expect(stops.matched == nil)
    #expect(stops.push("aEND of it") == "a")
    #expect(stops.matched == "END")
    #expect(stops.push("more") == "" && stops.finish() == "")
  }

  @Test func stopStringsAreBounded() throws {
    let tokenizer = try Fixtures.tokenizer()
    for (stops, code) in [
      ([""], TokenizerError.Code.invalidText), ([String(repeating: "a", count: 257)], .tooLong),
      (Array(repeating: "a", count: 17), .tooLong),
    ] {
      let error = #expect(throws: TokenizerError.self) { try TextStream(tokenizer, stopStrings: stops) }
      #expect(error?.code == code)
    }
  }
}
