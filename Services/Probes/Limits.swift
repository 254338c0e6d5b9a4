/// Every bound of the HTTP side, with its reason. It answers machines that ask a few times a minute.
public struct Limits: Sendable {
  /// Connections at once: two Prometheus, a kubelet, a person, and room. One more is closed without a word.
  public var connectionCount = 32
  /// Connections that wait to be taken in.
  public var backlog = 64
  /// Bytes of a request: a line and a few headers.
  public var requestByteCount = 8 << 10
  /// From a connection's first moment to its last: Prometheus itself gives up after ten seconds.
  public var connectionTime = Duration.seconds(10)

  public init() {}
}
