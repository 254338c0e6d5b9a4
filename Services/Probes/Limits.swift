/// Every bound of the HTTP side, with its reason. It answers machines that ask a few times a minute.
enum Limits {
  /// Connections at once: two Prometheus, a kubelet, a person, and room. One more is closed without a word.
  static let connectionCount = 32
  /// Connections that wait to be taken in.
  static let backlog: Int32 = 64
  /// Bytes of a request: a line and a few headers.
  static let requestByteCount = 8 << 10
  /// Seconds from a connection's first moment to its last: Prometheus itself gives up after ten.
  static let connectionSeconds: Int64 = 10
}
