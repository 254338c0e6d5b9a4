import RPC

/// What peers of ill will send.
public enum Garbage {
  /// What is no frame of ours: a length that is too small or too large, a call beyond 31 bits, another version, an
  /// unknown kind, a message longer than its frame or than is allowed, no checksum, the checksum of another call.
  public static let frames: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\n\r\n".utf8),
    [15, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 0x20, 0, 0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    [16, 0, 0, 0, 0, 0, 0, 0x80],
    [16, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [16, 0, 0, 0, 1, 0, 0, 0, 2, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [16, 0, 0, 0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    [17, 0, 1, 0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
      + [UInt8](repeating: 0, count: 1 << 16 + 1),
    [16, 0, 0, 0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [16, 0, 0, 0, 2, 0, 0, 0] + Frame(.item, call: 1, sequence: 1).header,
  ]
}
