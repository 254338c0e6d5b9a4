import Testing

@testable import Tokenizer

/// Ids in LLaMA's own vocabulary, as transformers 4.37.2 makes them with the original's `tokenizer_image_token`.
@Suite(
  .enabled(
    if: Fixtures.llamaVocabulary != nil,
    "LLAVA_TEST_VOCABULARY is not set; let it name LLaMA's tokenizer.model (499,723 bytes)"))
struct LlamaVocabularyTests {
  static let system = [
    1, 319, 13563, 1546, 263, 12758, 1404, 322, 385, 23116, 21082, 20255, 29889, 450, 20255, 4076, 8444, 29892, 13173,
    29892, 322, 1248, 568, 6089, 304, 278, 1404, 29915, 29879, 5155, 29889,
  ]
  static let user = [3148, 1001, 29901]
  static let assistant = [319, 1799, 9047, 13566, 29901]
  /// The image between a lone space and a newline with a space before it.
  static let image = [29871, -200, 29871, 13]

  func tokenizer(legacy: Bool = true) throws -> Tokenizer {
    try Tokenizer(modelFile: try #require(Fixtures.llamaVocabulary), isLegacy: legacy)
  }

  func ids(_ prompt: Prompt) -> [Int] {
    prompt.elements.map { element in
      if case .token(let id) = element { Int(id) } else { -200 }
    }
  }

  @Test func shortTextsHaveTheKnownIDs() throws {
    let known: [(String, [Int32])] = [
      ("A", [319]), ("B", [350]), ("yes", [4874]), ("Yes", [3869]), ("no", [694]), ("No", [1939]),
      (" A", [29871, 319]), ("Unanswerable", [853, 12011, 519]), ("\n", [29871, 13]), ("  a", [259, 263]),
      ("a  b", [263, 29871, 289]), ("é", [904]), ("日本", [29871, 30325, 30346]),
      ("🙂", [29871, 243, 162, 156, 133]), ("100", [29871, 29896, 29900, 29900]), ("What's", [1724, 29915, 29879]),
    ]
    let tokenizer = try tokenizer()
    #expect(tokenizer.vocabularySize == 32_000)
    for (text, ids) in known { #expect(try tokenizer.encode(text) == ids, "\(text)") }
  }

  @Test(arguments: [true, false])
  func aQuestionHasTheKnownPrompt(legacy: Bool) throws {
    let tokenizer = try tokenizer(legacy: legacy)
    let plain = try tokenizer.prompt(for: Conversation(asking: "What is shown in this image?"))
    let question = [5618, 338, 4318, 297, 445, 1967, 29973]
    #expect(ids(plain) == Self.system + Self.user + Self.image + question + Self.assistant)
    #expect(plain.elements.count == 50)

    let short = try tokenizer.prompt(for: Conversation(asking: ResponseFormat.short.asking("Is there a dog?")))
    let asked = [3624, 727, 263, 11203, 29973, 13, 22550, 278, 1139, 773, 263, 2323, 1734, 470, 16549, 29889]
    #expect(ids(short) == Self.system + Self.user + Self.image + asked + Self.assistant)
    #expect(short.elements.count == 59)
  }

  @Test(arguments: [true, false])
  func theTextAfterAnAnswerDependsOnLegacy(legacy: Bool) throws {
    let conversation = Conversation(turns: [
      .init(.user, [.image(0), .text("Hi")]), .init(.assistant, [.text("Hello.")]), .init(.user, [.text("Bye")]),
    ])
    let prompt = try tokenizer(legacy: legacy).prompt(for: conversation)
    let next = legacy ? Self.user : [11889, 29901]
    let tail = [18567] + Self.assistant + [15043, 29889, 2] + next + [2648, 29872] + Self.assistant
    #expect(ids(prompt) == Self.system + Self.user + Self.image + tail)
    #expect(prompt.elements.count == (legacy ? 57 : 56))
  }

  @Test func aSpecialTokensNameInATextIsText() throws {
    let tokenizer = try tokenizer()
    for name in ["<s>", "</s>", "<unk>"] {
      #expect(try tokenizer.encode(name).allSatisfy { $0 > 2 }, "\(name)")
      #expect(try tokenizer.encode(name, continues: true).allSatisfy { $0 > 2 }, "\(name)")
    }
  }

  @Test(arguments: [true, false])
  func otherTemplatesHaveTheKnownPrompts(legacy: Bool) throws {
    let tokenizer = try tokenizer(legacy: legacy)
    let human = try tokenizer.prompt(for: Conversation(asking: "What is shown in this image?"), template: .llavaV1)
    let question = [5618, 338, 4318, 297, 445, 1967, 29973]
    #expect(
      ids(human) == Self.system.map { $0 == 1404 ? 5199 : $0 } + Self.user + Self.image + question + Self.assistant)

    let instructed = ids(try tokenizer.prompt(for: Conversation(asking: "Hi"), template: .llavaLlama2))
    #expect(instructed.count == 60)
    #expect(instructed.suffix(12) == [29903, 6778, 13, 13, -200, 29871, 13, 18567, 518, 29914, 25580, 29962])
  }

  @Test func transformersLeavesTheSpaceAfterAnImageOutUnlessItIsLegacy() throws {
    for legacy in [true, false] {
      let prompt = try tokenizer(legacy: legacy).prompt(
        for: Conversation(asking: "What"), template: .llavaHF, as: .transformers)
      #expect(
        ids(prompt) == [1, 3148, 1001, 29901, 29871, -200] + (legacy ? [29871] : []) + [13, 5618] + Self.assistant)
    }
  }

  @Test func piecesOfAListGiveTheSameIDs() throws {
    let file = try tokenizer()
    let pieces = try Tokenizer(embedded: file.embedded)
    for text in ["What is shown?", "a  b\n\nc", "日本 🙂", "100 + 7 = 107", "\u{0}x", "Unanswerable"] {
      for continues in [false, true] {
        #expect(try pieces.encode(text, continues: continues) == file.encode(text, continues: continues), "\(text)")
      }
    }
  }
}
