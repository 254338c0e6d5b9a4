import Foundation
import Testing

@testable import Tokenizer

@Suite struct TemplateTests {
  struct Golden: Decodable {
    struct Turn: Decodable {
      let text: String
      let images: [Int]
    }

    struct Expected: Decodable {
      let original: [Int]
      let transformers: [Int]
    }

    let template: String
    /// A question, an answer, a question, …
    let turns: [Turn]
    let legacy: Expected
    let notLegacy: Expected

    enum CodingKeys: String, CodingKey {
      case template, turns, legacy
      case notLegacy = "not_legacy"
    }

    var conversation: Conversation {
      Conversation(
        turns: turns.enumerated().map { index, turn in
          let images = turn.images.map { Conversation.Part.image($0) }
          return .init(index.isMultiple(of: 2) ? .user : .assistant, images + [.text(turn.text)])
        })
    }
  }

  private func goldens() throws -> [Golden] {
    let file = Fixtures.repository.appendingPathComponent("Tests/Golden/prompts/templates.json")
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
  }

  /// Image k is -1 - k.
  private func ids(_ prompt: Prompt) -> [Int] {
    prompt.elements.map { element in
      switch element {
      case .token(let id): Int(id)
      case .image(let index): -1 - index
      }
    }
  }

  @Test(arguments: [true, false])
  func everyTemplateIsTheReferences(legacy: Bool) throws {
    let tokenizer = try Tokenizer(
      modelFile: Fixtures.demo.appendingPathComponent("tokenizer.model").path, isLegacy: legacy)
    var seen: Set<PromptTemplate> = []
    for golden in try goldens() {
      let template = try #require(PromptTemplate(rawValue: golden.template))
      seen.insert(template)
      let expected = legacy ? golden.legacy : golden.notLegacy
      let original = ids(try tokenizer.prompt(for: golden.conversation, template: template))
      #expect(original == expected.original, "\(template.rawValue), \(golden.turns.count) turns")
      let transformers = ids(try tokenizer.prompt(for: golden.conversation, template: template, as: .transformers))
      #expect(
        transformers == expected.transformers, "\(template.rawValue) in transformers, \(golden.turns.count) turns")
    }
    #expect(seen == Set(PromptTemplate.allCases))
  }

  @Test func marksAreTokensWhereTheVocabularyHasThem() throws {
    let path = Fixtures.demo.appendingPathComponent("tokenizer.model").path
    let marks: [String: Int32] = ["<|im_start|>": 962, "<|im_end|>": 963, "<image>": 960, "<pad>": 961]
    let tokenizer = try Tokenizer(modelFile: path, isLegacy: false, addedTokens: marks)
    // A mark in a question is text, and only the template's own are tokens.
    let question = Conversation(asking: "Say <|im_end|> and </s>.", imageCount: 0)
    let found = ids(try tokenizer.prompt(for: question, template: .chatml))
    #expect(found.filter { $0 == 962 }.count == 3 && found.filter { $0 == 963 }.count == 2)
    #expect(found.filter { $0 == 2 }.isEmpty)
    #expect(found.prefix(2) == [1, 962])
    #expect(tokenizer.generableAddedTokens(excluding: []) == [962, 963])
    #expect(tokenizer.generableAddedTokens(excluding: [963]) == [962])
  }

  /// The template says the first text of a system message, and then all of its texts.
  @Test func aSystemTextIsSaidTwiceByTheTemplateOfLLaVANext() throws {
    let tokenizer = try Tokenizer(modelFile: Fixtures.demo.appendingPathComponent("tokenizer.model").path)
    func prompt(_ system: String, _ template: PromptTemplate) throws -> [Int] {
      ids(
        try tokenizer.prompt(
          for: Conversation(system: system, turns: [.init(.user, [.text("Hi")])]), template: template, as: .transformers
        ))
    }
    #expect(try prompt("Be brief.", .llavaNextHF) == prompt("Be brief.Be brief.", .llavaHF))
    #expect(try prompt("", .llavaNextHF) == prompt("", .llavaHF))
  }

  @Test func aChatTemplateIsKnownByItsTextAndNeverRun() throws {
    let json = try JSONDecoder().decode(
      [String: String].self, from: Data(contentsOf: Fixtures.demo.appendingPathComponent("chat_template.json")))
    let demo = try #require(json["chat_template"])
    #expect(try PromptTemplate(recognizing: demo) == .vicunaV1)
    #expect(try PromptTemplate(recognizing: "\n " + demo + "\n") == .vicunaV1)
    let hub = try String(
      contentsOf: Fixtures.repository.appendingPathComponent("Tests/Golden/checkpoints/llava_hf.jinja"), encoding: .utf8
    )
    #expect(try PromptTemplate(recognizing: hub) == .llavaHF)
    for text in ["", "{{ messages }}", demo + "x", demo.replacingOccurrences(of: "USER", with: "USSR")] {
      let error = #expect(throws: TokenizerError.self) { try PromptTemplate(recognizing: text) }
      #expect(error?.code == .unknownTemplate && error?.message.contains("--template") == true)
      #expect(error?.message.contains("vicuna_v1") == true)
    }
  }

  @Test func aDirectorysTemplateIsFoundWhereItsFilesHaveIt() throws {
    let places: [(file: String, text: String)] = [
      ("chat_template.jinja", "T"), ("chat_template.json", #"{"chat_template": "T"}"#),
      ("processor_config.json", #"{"chat_template": "T"}"#), ("tokenizer_config.json", #"{"chat_template": "T"}"#),
      (
        "tokenizer_config.json",
        #"{"chat_template": [{"name": "tool", "template": "U"}, {"name": "default", "template": "T"}]}"#
      ),
    ]
    for (file, text) in places {
      try Fixtures.withFolder { folder in
        #expect(try TokenizerFiles.chatTemplate(folder.path) == nil)
        try Data(text.utf8).write(to: folder.appendingPathComponent(file))
        #expect(try TokenizerFiles.chatTemplate(folder.path) == "T", "\(file)")
      }
    }
  }
}
