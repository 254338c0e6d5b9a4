import CNNG
import RPC

/// An nng message: whoever holds it frees it, and giving it to nng gives that duty away.
struct Message: ~Copyable {
  private var raw: OpaquePointer?
  private let ledger: Ledger

  /// Takes a message over from nng.
  init(taking raw: OpaquePointer, _ ledger: Ledger) {
    self.raw = raw
    self.ledger = ledger
    ledger.messageBegan()
  }

  deinit {
    guard let raw else { return }
    nng_msg_free(raw)
    ledger.messageFinished()
  }

  /// Gives the message away, to nng or to a `Message` later on.
  consuming func release() -> OpaquePointer? {
    defer { raw = nil }
    if raw != nil { ledger.messageFinished() }
    return raw
  }

  /// The connection that it came by.
  var pipe: UInt32 { raw.map { nng_msg_get_pipe($0).id } ?? 0 }
}

extension Message {
  /// The end of nng's own header: set in the number that is ours, clear in those of pipes.
  private static let lastWord: UInt32 = 0x8000_0000

  /// `frame` as it travels: nng's header `[pipe, at a server only][call | 0x80000000]`, both big-endian, and as body the
  /// frame's header, message and attachment. Nothing when memory is out.
  init?(_ frame: Frame, to pipe: UInt32?, _ ledger: Ledger) {
    var allocated: OpaquePointer?
    guard nng_msg_alloc(&allocated, frame.byteCount) == 0, let raw = allocated else { return nil }
    let route = (pipe.map { [$0] } ?? []) + [frame.call | Self.lastWord]
    guard route.allSatisfy({ nng_msg_header_append_u32(raw, $0) == 0 }) else {
      nng_msg_free(raw)
      return nil
    }
    let body = UnsafeMutableRawBufferPointer(start: nng_msg_body(raw), count: nng_msg_len(raw))
    var offset = 0
    for part in [frame.header, frame.message, frame.attachment] {
      UnsafeMutableRawBufferPointer(rebasing: body[offset..<offset + part.count]).copyBytes(from: part)
      offset += part.count
    }
    self.init(taking: raw, ledger)
  }

  /// Reads the frame. Throws when the bytes are none; every length is checked.
  func frame() throws(ServiceError) -> Frame {
    guard let raw else { throw ServiceError(.internalFailure, "a message was read after it was given away") }
    let words = UnsafeRawBufferPointer(start: nng_msg_header(raw), count: nng_msg_header_len(raw))
    guard words.count >= 4 else {
      throw ServiceError(.invalidRequest, "message: expected 4 bytes of header or more, found \(words.count)")
    }
    let call = words[(words.count - 4)...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & ~Self.lastWord
    let body = UnsafeRawBufferPointer(start: nng_msg_body(raw), count: nng_msg_len(raw))
    return try Frame(
      call: call, header: Array(body.prefix(Frame.headerByteCount)),
      body: Array(body.dropFirst(Frame.headerByteCount))[...])
  }
}
