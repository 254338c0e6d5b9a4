/// Every bound of the wire, with its reason. Over a bound the answer is an error, never a queue that grows.
public struct Limits: Sendable {
  /// A whole frame: one view's f16 features (1.125 MiB) fit, and a forged length cannot make us allocate more.
  public static let frameByteCount = 2 << 20
  /// The protobuf part: malformed protobuf can cost 64 times its bytes in heap, so 4 MiB at most.
  public static let messageByteCount = 64 << 10
  /// An error's text: a sentence or two, and never a way to send a megabyte.
  public static let errorMessageByteCount = 4 << 10
  /// How much of a large payload goes into one item: small enough that another call's item is never far behind.
  public static let chunkByteCount = 512 << 10

  /// The last number of a call on one connection: 31 bits, as the transport's header has them.
  static let lastCall = UInt32(Int32.max)

  /// Peers of a server at once: descriptors are 1,024 by default, and other files need some.
  public var connectionCount = 512
  /// Peers beyond that who are told so; more are closed without a word.
  public var refusedConnectionCount = 64
  /// Frames sent and not yet acknowledged: few enough for any transport's queue of 64, with room for acknowledgements and
  /// pings, which are not counted.
  public var unacknowledgedFrameCount = 48
  /// The same in bytes: 48 full frames would be 96 MiB of kernel and socket buffers.
  public var unacknowledgedByteCount = 8 << 20
  /// An acknowledgement is sent after this many frames, a third of the window: the sender never runs dry.
  public var acknowledgedEvery = 16
  /// And after this many bytes, a quarter of the window.
  public var acknowledgedEveryByteCount = 2 << 20
  /// Items that may arrive on one call before its reader has taken one.
  public var callCredit = 4
  /// Calls open at once on one connection; more are refused as overloaded.
  public var callCount = 1024
  /// Bytes that arrived and were not read, over all calls of a connection; a peer that exceeds it is cut off.
  public var unreadByteCount = 256 << 20
  /// Bytes queued behind the window before `send` waits.
  public var outboxByteCount = 8 << 20
  /// How often an idle peer is pinged.
  public var pingInterval: Duration = .seconds(1)
  /// Silence after which a peer is given up. Seconds, since a busy machine is not a dead one.
  public var silence: Duration = .seconds(10)
  /// How long the two HELLOs may take.
  public var greeting: Duration = .seconds(5)
  /// Beyond a call's deadline the server's own error is awaited this long before the client gives up by itself.
  public var deadlineGrace: Duration = .seconds(1)
  /// How long a client may have a call wait for it, where the call holds what others need.
  public var clientStall: Duration = .seconds(60)
  /// Rest between two attempts to connect: the first, and the longest.
  public var reconnectRest: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)

  public init() {}
}
