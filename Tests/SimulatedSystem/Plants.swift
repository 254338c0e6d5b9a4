public import Contracts
public import Decoder
public import FeatureTiers
public import RPC

/// Where a test puts something of its own between the parts of a simulated system: a bug that is to be found.
public struct Plants: Sendable {
  /// The network as one host has it.
  public var network: @Sendable (_ transport: any Transport, _ host: String) -> any Transport = { transport, _ in
    transport
  }
  /// What is done to a decoder before it is asked.
  public var engine: @Sendable (DecoderEngine) -> Void = { _ in }
  /// What answers a decoder's calls.
  public var decoder: @Sendable (any AnswerGenerating) -> any AnswerGenerating = { $0 }
  /// Where features are kept beyond the gateways.
  public var tier: @Sendable (any FeatureTier) -> any FeatureTier = { $0 }

  public init() {}
}
