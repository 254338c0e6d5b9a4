import CChecksum

/// What is sent as one piece: 16 bytes of header, a protobuf message, and raw bytes.
///
/// ```
/// offset  0  version  u8     2
///         1  kind     u8
///         2  value    u16    by kind: method, status code, credit
///         4  sequence u32    counts the frames of a connection from 1; in PING and PONG the last that was sent
///         8  length   u32    bytes of the message; the attachment is the rest
///        12  checksum u32    CRC-32C of the call's number (u32), the 12 bytes before, message and attachment
/// ```
/// All little-endian. The call's number travels outside, in the transport's own header.
///
/// TCP's own sum is 16 bits, and is made anew by everything on the way that touches a packet; a token or a call's number
/// that was changed there would be a wrong answer. A frame whose checksum does not hold ends its connection.
public struct Frame: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    /// Who speaks, and in which protocol; the first frame each way.
    case hello = 1
    /// Opens a call. `value` is the method.
    case request = 2
    case item = 3
    /// The client has sent its last item.
    case finish = 4
    /// The server's last word on a call. `value` is 0 or an error code.
    case end = 5
    /// The client wants nothing more of a call.
    case cancel = 6
    /// `value` more items may be sent on a call.
    case credit = 7
    /// Everything up to `sequence` has arrived.
    case acknowledge = 8
    /// Are you there, and have you got everything up to `sequence`? Answered by ACKNOWLEDGE and PONG.
    case ping = 9
    case pong = 10
    /// No new calls are taken, or none ever were. `value` is an error code, 0 for a graceful end.
    case goAway = 11

    /// A counted frame takes a place in the window, and its loss or repetition is noticed.
    var isCounted: Bool {
      switch self {
      case .acknowledge, .ping, .pong: false
      case .hello, .request, .item, .finish, .end, .cancel, .credit, .goAway: true
      }
    }
  }

  public static let version: UInt8 = 2
  public static let headerByteCount = 16
  /// The part of the header that the checksum covers.
  private static let checkedByteCount = 12

  /// The call it belongs to, 31 bits; 0 is the connection itself.
  public var call: UInt32
  public var kind: Kind
  public var value: UInt16
  public var sequence: UInt32
  public var message: [UInt8]
  public var attachment: [UInt8]

  public init(
    _ kind: Kind, call: UInt32 = 0, value: UInt16 = 0, sequence: UInt32 = 0, message: [UInt8] = [],
    attachment: [UInt8] = []
  ) {
    self.call = call
    self.kind = kind
    self.value = value
    self.sequence = sequence
    self.message = message
    self.attachment = attachment
  }

  public var byteCount: Int { Self.headerByteCount + message.count + attachment.count }

  /// The 16 bytes that go before message and attachment.
  public var header: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerByteCount)
    bytes.append(Self.version)
    bytes.append(kind.rawValue)
    bytes.append(littleEndian: value)
    bytes.append(littleEndian: sequence)
    bytes.append(littleEndian: UInt32(message.count))
    bytes.append(littleEndian: checksum(after: bytes))
    return bytes
  }

  /// Over all of it, `header` being the header's first bytes.
  private func checksum(after header: [UInt8]) -> UInt32 {
    var number: [UInt8] = []
    number.append(littleEndian: call)
    var sum: UInt32 = 0
    for bytes in [number, header, message, attachment] { sum = llava_crc32c(sum, bytes, bytes.count) }
    return sum
  }

  /// Reads `body` as it came from the peer; every length is checked before it is used, and the checksum at last.
  public init(call: UInt32, header: [UInt8], body: ArraySlice<UInt8>) throws(ServiceError) {
    guard header.count == Self.headerByteCount, let value = header.littleEndian(UInt16.self, at: 2),
      let sequence = header.littleEndian(UInt32.self, at: 4), let length = header.littleEndian(UInt32.self, at: 8),
      let checksum = header.littleEndian(UInt32.self, at: 12)
    else {
      throw ServiceError(
        .invalidRequest, "frame: expected \(Self.headerByteCount) bytes of header, found \(header.count)")
    }
    guard header[0] == Self.version else {
      throw ServiceError(.incompatible, "frame: expected version \(Self.version), found \(header[0])")
    }
    guard let kind = Kind(rawValue: header[1]) else {
      throw ServiceError(.invalidRequest, "frame: unknown kind \(header[1])")
    }
    guard length <= body.count, length <= Limits.messageByteCount else {
      throw ServiceError(
        .tooLarge,
        "frame: message of \(length) bytes in a body of \(body.count); at most \(Limits.messageByteCount) are allowed")
    }
    guard Self.headerByteCount + body.count <= Limits.frameByteCount else {
      throw ServiceError(.tooLarge, "frame: \(body.count) bytes; at most \(Limits.frameByteCount) are allowed")
    }
    let split = body.startIndex + Int(length)
    self.init(
      kind, call: call, value: value, sequence: sequence, message: Array(body[..<split]),
      attachment: Array(body[split...]))
    let found = self.checksum(after: Array(header.prefix(Self.checkedByteCount)))
    guard found == checksum else {
      throw ServiceError(
        .unavailable, "frame: damaged on the way: expected CRC-32C \(checksum), found \(found)")
    }
  }
}
