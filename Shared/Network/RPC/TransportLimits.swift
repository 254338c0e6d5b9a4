/// Every bound of a transport itself, with its reason.
public struct TransportLimits: Sendable {
  /// Frames that have arrived and nobody has received; a connection's windows keep it far below.
  public static let inboxFrameCount = 256
  /// Frames on their way out of one link. The windows allow 64; a link that exceeds this is broken, and is closed.
  public static let outgoingFrameCount = 256
  /// Peers that have connected and nobody has accepted.
  public static let arrivalCount = 128
  /// What one read may bring: some dozens of tokens' frames. Larger frames have a buffer of their own size.
  public static let readByteCount = 32 << 10
  /// Rest after an accept that failed, for want of descriptors or memory: trying at once would only burn the processor.
  public static let acceptRest: Duration = .milliseconds(100)

  /// How long a connection may take to come about, name resolution included.
  public var connectTimeout: Duration = .seconds(5)

  /// How long two peers may take to show each other their certificates.
  public var handshakeTimeout: Duration = .seconds(5)
  /// Peers of one listener that have connected and not shown a certificate yet; one too many is closed.
  public var handshakeCount = 128

  public init() {}
}
