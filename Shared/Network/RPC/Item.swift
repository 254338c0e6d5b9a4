/// One message of a call: protobuf bytes, and raw bytes where the message speaks of some.
public struct Item: Equatable, Sendable {
  public var message: [UInt8]
  public var attachment: [UInt8]

  public init(_ message: [UInt8], attachment: [UInt8] = []) {
    self.message = message
    self.attachment = attachment
  }

  var byteCount: Int { message.count + attachment.count }

  func checked() throws(ServiceError) -> Item {
    try Self.check(messageByteCount: message.count, attachment.count)
    return self
  }

  static func check(messageByteCount: Int, _ attachmentByteCount: Int) throws(ServiceError) {
    guard messageByteCount <= Limits.messageByteCount else {
      throw ServiceError(
        .tooLarge, "a message of \(messageByteCount) bytes: at most \(Limits.messageByteCount) fit into a frame")
    }
    let byteCount = messageByteCount + attachmentByteCount
    guard Frame.headerByteCount + byteCount <= Limits.frameByteCount else {
      throw ServiceError(.tooLarge, "an item of \(byteCount) bytes: a frame holds at most \(Limits.frameByteCount)")
    }
  }
}
