import Crypto

/// Whose prompt: what the original LLaVA makes of a conversation, which the weights were trained with, or what
/// transformers' processor makes of it.
public enum PromptBehaviour: String, Sendable, CaseIterable { case original, transformers }

/// How turns become one text, by the names that LLaVA gives them (haotian-liu/LLaVA, `conversation.py`).
public enum PromptTemplate: String, Sendable, CaseIterable {
  /// LLaVA-1.5: training, and all published evaluations.
  case vicunaV1 = "vicuna_v1"
  /// The same with another word for the user; LLaVA's command line and demo.
  case llavaV1 = "llava_v1"
  case llavaV0 = "llava_v0"
  case llavaLlama2 = "llava_llama_2"
  case mistralInstruct = "mistral_instruct"
  /// The pre-training of the projector: no roles.
  case plain
  case mpt
  case chatml = "chatml_direct"
  /// The chat template of llava-hf/llava-1.5-*-hf.
  case llavaHF = "llava_hf"
  /// The chat template of llava-hf/llava-v1.6-vicuna-*-hf: the same, but it says a system text twice.
  case llavaNextHF = "llava_next_hf"
}

extension PromptTemplate {
  /// SHA-256 of known Jinja texts without their white space.
  private static let known: [String: PromptTemplate] = [
    // llava-hf/llava-1.5-7b-hf, with marks around what is generated, and before those came.
    "d359b97f462ad86bca4c3d9ebd9ab7b56a57bf719c20dc0693aac81b6be2a6ba": .llavaHF,
    "77650dc3e28273ddff0436522b9c4c55957e807dc97a7fe8f220e87d837070ba": .llavaHF,
    "33780368d9542b1f6e9a27c3abab827b6c2b1d629966bae097e9343b1a1a1c9e": .llavaHF,
    // llava-hf/llava-v1.6-vicuna-*-hf as transformers' script for publishing them has it (`chat_vicuna`), with the line
    // break after an image as such, and escaped.
    "5668c8f57df0c1895214647a08c8751ccfc01ed92104beb81df1dc56b0b04dce": .llavaNextHF,
    "3c99ef441809a07de6651c0ef82e98a28ffeb996e8f1b9a5fa2c068b17cb83c0": .llavaNextHF,
    // The demonstration model: the original's prompt.
    "a1939d71569a53d93513d9f074ed1f8d27ba2ebc91a515202b45edc636cccac2": .vicunaV1,
  ]

  /// Knows a `chat_template` by its text; nothing of it is run. Throws `unknownTemplate` for any other.
  public init(recognizing chatTemplate: String) throws(TokenizerError) {
    let text = chatTemplate.filter { !$0.isWhitespace }
    let digest = SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    guard let found = Self.known[digest] else {
      throw TokenizerError(
        code: .unknownTemplate,
        message: "its chat_template is none that is known here, and is not run: name one with --template, of "
          + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = found
  }

  /// Tokens that end an answer besides the model's own, where the vocabulary has them.
  public var endMarks: [String] {
    switch self {
    case .mpt, .chatml: ["<|im_end|>"]
    case .vicunaV1, .llavaV1, .llavaV0, .llavaLlama2, .mistralInstruct, .plain, .llavaHF, .llavaNextHF: []
    }
  }

  /// The original asks the same weights in `vicuna_v1`.
  var isTransformersVicuna: Bool { self == .llavaHF || self == .llavaNextHF }

  /// Texts before which an answer ends.
  public var stopStrings: [String] { self == .llavaV0 ? ["###"] : [] }
}
