import Foundation
import Testing

@testable import Tokenizer

@Suite struct PromptTests {
  struct Golden: Decodable {
    struct Turn: Decodable {
      let role: String
      let text: String
      let images: [Int]?
    }

    let turns: [Turn]
    let legacy: [Int]
    let notLegacy: [Int]

    enum CodingKeys: String, CodingKey {
      case turns, legacy
      case notLegacy = "not_legacy"
    }

    var conversation: Conversation {
      Conversation(
        turns: turns.map { turn in
          let images = (turn.images ?? []).map { Conversation.Part.image($0) }
          return .init(turn.role == "user" ? .user : .assistant, images + [.text(turn.text)])
        })
    }
  }

  /// Image k is -1 - k.
  func ids(_ prompt: Prompt) -> [Int] {
    prompt.elements.map { element in
      switch element {
      case .token(let id): Int(id)
      case .image(let index): -1 - index
      }
    }
  }

  @Test(arguments: [true, false])
  func idsAreThoseOfTheReferences(legacy: Bool) throws {
    let file = Fixtures.repository.appendingPathComponent("Tests/Golden/prompts/prompts.json")
    let golden = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    #expect(golden.count > 80)
    let tokenizer = try Tokenizer(
      modelFile: Fixtures.demo.appendingPathComponent("tokenizer.model").path, isLegacy: legacy)
    for (line, expected) in golden.enumerated() {
      let found = ids(try tokenizer.prompt(for: expected.conversation))
      #expect(found == (legacy ? expected.legacy : expected.notLegacy), "line \(line + 2) of prompts.json")
    }
  }

  @Test func aSpecialTokensNameInATextIsText() throws {
    let tokenizer = try Fixtures.tokenizer()
    for name in ["<s>", "</s>", "<unk>", "<image>", "<pad>", "<0x0A>"] {
      let ids = try tokenizer.encode(name)
      #expect(ids.allSatisfy { $0 > 2 && Int($0) < tokenizer.vocabularySize }, "\(name): \(ids)")
      #expect(String(decoding: ids.flatMap { tokenizer.bytes(of: $0) }, as: UTF8.self) == " " + name)
    }
    let prompt = try tokenizer.prompt(for: Conversation(asking: "<image></s><s>", imageCount: 1))
    #expect(prompt.elements.filter { $0 == .token(1) }.count == 1)
    #expect(!prompt.elements.contains(.token(2)))
    #expect(prompt.elements.filter { $0 == .image(index: 0) }.count == 1)
  }

  @Test func imagesComeBeforeTheirTurnsTextInTheOrderOfTheParts() throws {
    let tokenizer = try Fixtures.tokenizer()
    let parts: [Conversation.Part] = [.text("a"), .image(3), .text("b"), .image(1)]
    let mixed = try tokenizer.prompt(for: Conversation(turns: [.init(.user, parts)]))
    let sorted = try tokenizer.prompt(
      for: Conversation(turns: [.init(.user, [.image(3), .image(1), .text("a\nb")])]))
    #expect(mixed == sorted)
  }

  @Test func anotherSystemTextOrNoneStandsAtTheBeginning() throws {
    let tokenizer = try Fixtures.tokenizer()
    let turns = [Conversation.Turn(.user, [.text("Hi")])]
    #expect(
      ids(try tokenizer.prompt(for: Conversation(system: "", turns: turns)))
        == [1] + (try tokenizer.encode("USER: Hi ASSISTANT:")).map(Int.init))
    #expect(
      ids(try tokenizer.prompt(for: Conversation(system: "Be brief.", turns: turns)))
        == [1] + (try tokenizer.encode("Be brief. USER: Hi ASSISTANT:")).map(Int.init))
  }

  @Test func whatHasNoPromptIsNamed() throws {
    let tokenizer = try Fixtures.tokenizer()
    func user(_ parts: Conversation.Part...) -> Conversation.Turn { .init(.user, parts) }
    func assistant(_ parts: Conversation.Part...) -> Conversation.Turn { .init(.assistant, parts) }
    let cases: [(Conversation, TokenizerError.Code, String)] = [
      (Conversation(asking: ""), .emptyQuestion, "turn 1 of 1"),
      (Conversation(asking: " \n\t"), .emptyQuestion, "turn 1 of 1"),
      (Conversation(turns: [user(.image(0))]), .emptyQuestion, "turn 1 of 1"),
      (Conversation(turns: []), .invalidConversation, "0 turns"),
      (Conversation(turns: [assistant(.text("a"))]), .invalidConversation, "expected the user, found the assistant"),
      (Conversation(turns: [user(.text("a")), user(.text("b"))]), .invalidConversation, "turn 2 of 2"),
      (Conversation(turns: [user(.text("a")), assistant(.text("b"))]), .invalidConversation, "the last of 2"),
      (
        Conversation(turns: [user(.text("a")), assistant(.text("b"), .image(0)), user(.text("c"))]),
        .invalidConversation, "turn 2 of 3"
      ),
      (Conversation(turns: [user(.image(-1), .text("a"))]), .invalidConversation, "[-1]"),
      (Conversation(asking: "a\0b"), .invalidText, "U+0000"),
      (Conversation(system: "\0", turns: [user(.text("a"))]), .invalidText, "the system text"),
      (Conversation(asking: String(repeating: "a", count: 1 << 20)), .tooLong, "found 1048"),
      (Conversation(asking: "a", imageCount: 257), .tooLong, "257"),
      (Conversation(turns: Array(repeating: user(.text("a")), count: 1_025)), .tooLong, "1025"),
    ]
    for (conversation, code, words) in cases {
      let error = #expect(throws: TokenizerError.self) { try tokenizer.prompt(for: conversation) }
      #expect(
        error?.code == code && error?.message.contains(words) == true,
        "\(error?.description ?? "no error"), not \(words)")
    }
  }

  @Test func formatsAddTheSentencesOfThePaper() {
    #expect(ResponseFormat.short.asking("Q?") == "Q?\nAnswer the question using a single word or phrase.")
    #expect(
      ResponseFormat.choice.asking("Q?\nA. x\nB. y")
        == "Q?\nA. x\nB. y\nAnswer with the option's letter from the given choices directly.")
    #expect(ResponseFormat.long.asking("Q?") == "Q?")
    #expect(ResponseFormat.allCases.map(\.rawValue) == ["short", "choice", "long"])
  }
}
