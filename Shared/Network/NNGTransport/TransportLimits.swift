import RPC

/// Every bound of the transport itself, with its reason.
public struct TransportLimits: Sendable {
  /// Frames that have arrived and nobody has received; a connection's windows keep it far below.
  static let inboxFrameCount = 256
  /// Frames on their way out of one link. The windows allow 64; a link that exceeds this is broken, and is closed.
  static let outgoingFrameCount = 256
  /// Peers that have connected and nobody has accepted.
  static let arrivalCount = 128
  /// What one read may bring: some dozens of tokens' frames. Larger frames have a buffer of their own size.
  static let readByteCount = 32 << 10
  /// Rest after an accept that failed, for want of descriptors or memory: trying at once would only burn the processor.
  static let acceptRest: Duration = .milliseconds(100)

  /// How long a connection may take to come about, name resolution included.
  public var connectTimeout: Duration = .seconds(5)

  public init() {}
}
