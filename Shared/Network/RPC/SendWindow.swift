import DequeModule

/// Numbers the frames that leave, and says how many more the peer can take.
///
/// Counted frames are numbered from 1. The peer acknowledges on receipt, whatever its application does, so a full
/// window means a peer that does not read, never a slow consumer of one call.
struct SendWindow {
  private let limits: Limits
  private(set) var lastSequence: UInt32 = 0
  /// Sizes of the frames after the last acknowledged one, oldest first.
  private var unacknowledged: Deque<Int> = []
  private(set) var unacknowledgedByteCount = 0

  init(limits: Limits) { self.limits = limits }

  var isIdle: Bool { unacknowledged.isEmpty }

  func hasRoom(for byteCount: Int) -> Bool {
    unacknowledged.count < limits.unacknowledgedFrameCount
      && (unacknowledged.isEmpty || unacknowledgedByteCount + byteCount <= limits.unacknowledgedByteCount)
  }

  mutating func number(_ frame: inout Frame) {
    lastSequence &+= 1
    frame.sequence = lastSequence
    unacknowledged.append(frame.byteCount)
    unacknowledgedByteCount += frame.byteCount
  }

  mutating func acknowledged(upTo sequence: UInt32) throws(ServiceError) {
    let outstanding = Int(lastSequence &- sequence)
    guard outstanding <= unacknowledged.count else {
      // An old acknowledgement, repeated or late, says nothing new; one of the future is a lie.
      guard Int32(bitPattern: sequence &- lastSequence) <= 0 else {
        throw ServiceError(.invalidRequest, "acknowledged frame \(sequence), but only \(lastSequence) were sent")
      }
      return
    }
    while unacknowledged.count > outstanding { unacknowledgedByteCount -= unacknowledged.removeFirst() }
  }
}
