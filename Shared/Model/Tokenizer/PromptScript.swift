/// A prompt before it is tokens: text, images, and special tokens by their spelling.
struct PromptScript: Equatable {
  enum Segment: Equatable {
    case text(String)
    case image(Int)
    case mark(String)
  }

  /// No two texts stand beside each other.
  private(set) var segments: [Segment] = []

  mutating func append(_ text: String) {
    guard !text.isEmpty else { return }
    if case .text(let last)? = segments.last {
      segments[segments.count - 1] = .text(last + text)
    } else {
      segments.append(.text(text))
    }
  }

  mutating func append(_ segment: Segment) {
    if case .text(let text) = segment { append(text) } else { segments.append(segment) }
  }

  mutating func append(mark: String) { segments.append(.mark(mark)) }

  /// Each image with a newline after it, and then the text.
  mutating func append(_ turn: Conversation.Turn) {
    for image in turn.images {
      segments.append(.image(image))
      append("\n")
    }
    append(turn.text)
  }
}

extension PromptTemplate {
  /// What a conversation is in this template, but for the token that begins every prompt.
  func script(of conversation: Conversation) -> PromptScript {
    let system = conversation.system ?? defaultSystem
    switch self {
    case .vicunaV1, .llavaV1: return Self.twoSeparators(conversation, system)
    case .llavaV0: return Self.oneSeparator(conversation, system)
    case .llavaLlama2: return Self.instructions(conversation, system, beginsTurns: true)
    case .mistralInstruct: return Self.instructions(conversation, system, beginsTurns: false)
    case .plain: return Self.plain(conversation, system)
    case .mpt, .chatml: return Self.marked(conversation, system)
    case .llavaHF: return Self.huggingFace(conversation, system)
    case .llavaNextHF: return Self.huggingFace(conversation, system + system)
    }
  }

  private var defaultSystem: String {
    func chat(_ asker: String) -> String {
      "A chat between a curious \(asker) and an artificial intelligence assistant. The assistant gives helpful, detailed, "
        + "and polite answers to the \(asker)'s questions."
    }
    return switch self {
    case .vicunaV1: chat("user")
    case .llavaV1, .llavaV0: chat("human")
    case .llavaLlama2:
      "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
        + "provides, and assist the user with a variety of tasks using natural language."
    case .mpt:
      "A conversation between a user and an LLM-based AI assistant. The assistant gives helpful and honest answers."
    case .chatml: "Answer the questions."
    case .mistralInstruct, .plain, .llavaHF, .llavaNextHF: ""
    }
  }

  /// `SeparatorStyle.TWO`: SYSTEM USER: … ASSISTANT: …</s>USER: … ASSISTANT:
  private static func twoSeparators(_ conversation: Conversation, _ system: String) -> PromptScript {
    var script = PromptScript()
    if !system.isEmpty { script.append("\(system) ") }
    for turn in conversation.turns {
      switch turn.role {
      case .user:
        script.append("USER: ")
        script.append(turn)
        script.append(" ASSISTANT:")
      case .assistant:
        script.append(" ")
        script.append(turn)
        script.append(mark: "</s>")
      }
    }
    return script
  }

  /// `SeparatorStyle.SINGLE`: SYSTEM###Human: …###Assistant: …###Human: …###Assistant:
  private static func oneSeparator(_ conversation: Conversation, _ system: String) -> PromptScript {
    var script = PromptScript()
    script.append("\(system)###")
    for turn in conversation.turns {
      script.append(turn.role == .user ? "Human: " : " ")
      script.append(turn)
      script.append("###")
      if turn.role == .user { script.append("Assistant:") }
    }
    return script
  }

  /// `SeparatorStyle.LLAMA_2`: [INST] <<SYS>>…<</SYS>>… [/INST] … </s><s>[INST] … [/INST]
  private static func instructions(
    _ conversation: Conversation, _ system: String, beginsTurns: Bool
  ) -> PromptScript {
    var script = PromptScript()
    for (index, turn) in conversation.turns.enumerated() {
      switch turn.role {
      case .user:
        if index > 0, beginsTurns { script.append(mark: "<s>") }
        script.append("[INST] ")
        if index == 0, !system.isEmpty { script.append("<<SYS>>\n\(system)\n<</SYS>>\n\n") }
        script.append(turn)
        script.append(" [/INST]")
      case .assistant:
        script.append(" ")
        script.append(turn)
        script.append(" ")
        script.append(mark: "</s>")
      }
    }
    return script
  }

  /// `SeparatorStyle.PLAIN`: a line for each turn.
  private static func plain(_ conversation: Conversation, _ system: String) -> PromptScript {
    var script = PromptScript()
    script.append(system)
    for turn in conversation.turns {
      script.append(turn)
      script.append("\n")
    }
    return script
  }

  /// `SeparatorStyle.MPT`: turns between <|im_start|>ROLE and <|im_end|>.
  private static func marked(_ conversation: Conversation, _ system: String) -> PromptScript {
    var script = PromptScript()
    func begin(_ role: String) {
      script.append(mark: "<|im_start|>")
      script.append("\(role)\n")
    }
    begin("system")
    script.append(system)
    script.append(mark: "<|im_end|>")
    for turn in conversation.turns {
      begin(turn.role.rawValue)
      script.append(turn)
      script.append(mark: "<|im_end|>")
    }
    begin("assistant")
    return script
  }

  /// USER: IMAGES TEXT ASSISTANT: TEXT USER: … ASSISTANT:
  private static func huggingFace(_ conversation: Conversation, _ system: String) -> PromptScript {
    var script = PromptScript()
    if !system.isEmpty { script.append("\(system) ") }
    for turn in conversation.turns {
      script.append(turn.role == .user ? "USER: " : "ASSISTANT: ")
      script.append(turn)
      script.append(" ")
    }
    script.append("ASSISTANT:")
    return script
  }
}
