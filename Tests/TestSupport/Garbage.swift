/// What peers of ill will send.
public enum Garbage {
  /// What is no frame of ours: a length that is too small or too large, a call beyond 31 bits, another version, an
  /// unknown kind, a message longer than its frame or than is allowed.
  public static let frames: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\n\r\n".utf8),
    [11, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 0x20, 0, 0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    [12, 0, 0, 0, 0, 0, 0, 0x80],
    [12, 0, 0, 0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [12, 0, 0, 0, 1, 0, 0, 0, 1, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [12, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    [13, 0, 1, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0] + [UInt8](repeating: 0, count: 1 << 16 + 1),
  ]
}
