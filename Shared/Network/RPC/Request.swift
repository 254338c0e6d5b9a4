public import Concurrency

/// What opens a call.
public struct Request: Sendable {
  /// A number of `Method` in `protos/llava/v1/common.proto`.
  public var method: UInt16
  public var item: Item
  /// When the caller stops waiting, on this process's clock. What crosses the wire is the time that is left.
  public var deadline: Instant
  public var trace: TraceID

  public init(method: UInt16, item: Item, deadline: Instant = .distantFuture, trace: TraceID) {
    self.method = method
    self.item = item
    self.deadline = deadline
    self.trace = trace
  }
}

extension Request {
  static let preambleByteCount = 24
  /// The remaining time that says "no deadline".
  private static let noDeadline = UInt32.max

  /// `[remaining ms: u32][credit: u32][trace: 16 bytes][message]`, with the item's attachment.
  func frame(call: UInt32, credit: Int, at now: Instant) -> Frame {
    var message: [UInt8] = []
    message.reserveCapacity(Self.preambleByteCount + item.message.count)
    let remaining =
      deadline == .distantFuture ? Self.noDeadline : UInt32(clamping: max(0, (deadline - now).millisecondsRoundedUp))
    message.append(littleEndian: remaining)
    message.append(littleEndian: UInt32(credit))
    message.append(littleEndian: trace.high)
    message.append(littleEndian: trace.low)
    message += item.message
    return Frame(.request, call: call, value: method, message: message, attachment: item.attachment)
  }

  /// Throws when it does not fit into a frame, whose message holds the preamble as well.
  func check() throws(ServiceError) {
    try Item.check(messageByteCount: Self.preambleByteCount + item.message.count, item.attachment.count)
  }

  init(_ frame: Frame, at now: Instant) throws(ServiceError) {
    guard let remaining = frame.message.littleEndian(UInt32.self, at: 0),
      let high = frame.message.littleEndian(UInt64.self, at: 8),
      let low = frame.message.littleEndian(UInt64.self, at: 16)
    else {
      throw ServiceError(
        .invalidRequest, "request: expected \(Self.preambleByteCount) bytes or more, found \(frame.message.count)")
    }
    self.init(
      method: frame.value,
      item: Item(Array(frame.message.dropFirst(Self.preambleByteCount)), attachment: frame.attachment),
      deadline: remaining == Self.noDeadline ? .distantFuture : now + .milliseconds(Int64(remaining)),
      trace: TraceID(high: high, low: low))
  }

  /// How many items the client is ready to take.
  static func credit(of frame: Frame) -> Int { Int(frame.message.littleEndian(UInt32.self, at: 4) ?? 0) }
}
