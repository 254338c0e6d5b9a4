public import ArgumentParser
public import Contracts
public import Tokenizer

/// How questions are put to a model where they do not say it themselves.
public struct BehaviourOptions: ParsableArguments, Sendable {
  @Option(
    name: .customLong("as"),
    help: "Whose behaviour: original (as the weights were trained; default) or transformers (its processor's).",
    transform: Reference.parsed)
  public var reference: Reference?

  @Option(
    help: "How a picture becomes square: pad or crop (default: by --as and the model).",
    transform: PreprocessingPolicy.parsed)
  public var policy: PreprocessingPolicy?

  @Option(
    help:
      "The prompt: \(PromptTemplate.allCases.map(\.rawValue).joined(separator: ", ")) (default: by --as and the model).",
    transform: PromptTemplate.parsed)
  public var template: PromptTemplate?

  public init() {}

  public var ownReference: Reference { reference ?? .original }
}

extension BehaviourOptions: Configurable {
  public static var settings: [Setting<BehaviourOptions>] {
    [
      Setting("as", \.reference, result: \.ownReference), Setting("policy", \.policy),
      Setting("template", \.template),
    ]
  }
}

extension Reference: SettingValue {}

extension PromptTemplate: SettingValue {}
