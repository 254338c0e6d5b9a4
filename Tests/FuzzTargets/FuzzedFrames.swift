import Concurrency

@testable import RPC

/// Frames as they come over a link, to either end of a connection: two bytes of length and one of the call, then header and body.
enum FuzzedFrames {
  private static let prefixByteCount = 3
  /// What a client has asked, so that there is a call to be answered.
  static let call = Request(method: 2, item: Item([0, 1], attachment: [5]), trace: TraceID(high: 1, low: 2))

  static func read(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let isServer = first & 1 == 0
    let now = Instant(nanoseconds: 0)
    var state = ConnectionState(isServer ? .server : .client, limits: Limits(), at: now)
    var rest = input.dropFirst()
    do throws(ServiceError) {
      while let frame = try next(&rest) {
        let effects = try state.take(frame, at: now)
        if effects.hello != nil {
          state.greeted(answer: isServer ? [1] : nil)
          if !isServer { _ = try state.open(call, at: now) }
        }
        guard effects.goodbye == nil else { return }
        for frame in state.takeSendable().frames { try check(frame) }
        if rest.count.isMultiple(of: 2) { _ = state.read(frame.call) }
        guard state.unreadByteCount >= 0, state.outboxByteCount >= 0 else {
          preconditionFailure("\(state.unreadByteCount) bytes are unread, and \(state.outboxByteCount) to be sent")
        }
      }
    } catch {
      _ = state.close(error)
    }
  }

  private static func next(_ rest: inout ArraySlice<UInt8>) throws(ServiceError) -> Frame? {
    guard rest.count >= prefixByteCount else { return nil }
    let prefix = Array(rest.prefix(prefixByteCount))
    rest = rest.dropFirst(prefixByteCount)
    let bytes = rest.prefix(Int(prefix[0]) | Int(prefix[1]) << 8)
    rest = rest.dropFirst(bytes.count)
    return try Frame(
      call: UInt32(prefix[2]), header: Array(bytes.prefix(Frame.headerByteCount)),
      body: bytes.dropFirst(Frame.headerByteCount))
  }

  /// What is sent can be read by a peer.
  private static func check(_ frame: Frame) throws(ServiceError) {
    let body = frame.message + frame.attachment
    let again = try? Frame(call: frame.call, header: frame.header, body: body[...])
    precondition(again == frame, "a frame of our own is read as another")
  }
}
