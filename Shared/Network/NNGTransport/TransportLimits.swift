import RPC

/// Every bound of the transport itself, with its reason.
public struct TransportLimits: Sendable {
  /// A frame and nng's own four bytes in front of it. nng's default is no bound at all: it would allocate what a
  /// forged length asks for.
  static let messageByteCount = Limits.frameByteCount + 4
  /// Frames that have arrived and nobody has received; a connection's windows keep it far below.
  static let inboxFrameCount = 256
  /// Frames on their way out of one link. The windows allow 64; a link that exceeds this is broken, and is closed.
  static let outgoingFrameCount = 256
  /// Peers that have spoken and nobody has accepted.
  static let arrivalCount = 128
  /// Connections of one listener, those included that have not spoken yet.
  static let pipeCount = 1024
  /// Operations kept for the next sends: as many as one connection has in flight.
  static let spareOperationCount = 64

  /// How long a connection may take to come about, name resolution included.
  public var connectTimeout: Duration = .seconds(5)
  /// How often an idle listener is asked whether it still accepts.
  public var watchInterval: Duration = .milliseconds(1500)
  /// How long it may take to accept; then it listens again.
  public var watchPatience: Duration = .milliseconds(500)
  /// How long a peer may be connected without a word.
  public var muteTimeout: Duration = .seconds(10)

  public init() {}
}
