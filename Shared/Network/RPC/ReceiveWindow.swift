/// Notices lost and repeated frames, and says when to acknowledge.
struct ReceiveWindow {
  enum Verdict: Equatable {
    case take
    /// It came before; whatever it asked for has been done.
    case repeated
  }

  private let limits: Limits
  private(set) var lastSequence: UInt32 = 0
  private var lastAcknowledged: UInt32 = 0
  private var unacknowledgedByteCount = 0

  init(limits: Limits) { self.limits = limits }

  /// Throws when frames before this one are missing: what was lost cannot be guessed, so the connection ends.
  mutating func arrived(_ sequence: UInt32, byteCount: Int) throws(ServiceError) -> Verdict {
    let ahead = Int32(bitPattern: sequence &- lastSequence)
    guard ahead > 0 else { return .repeated }
    guard ahead == 1 else {
      throw ServiceError(
        .unavailable, "\(ahead - 1) frames were lost: expected frame \(lastSequence &+ 1), found \(sequence)")
    }
    lastSequence = sequence
    unacknowledgedByteCount += byteCount
    return .take
  }

  /// The peer says, by a ping or pong, which frame was its last. Throws when that one and maybe others are missing.
  func peerHasSent(upTo sequence: UInt32) throws(ServiceError) {
    let missing = Int32(bitPattern: sequence &- lastSequence)
    guard missing > 0 else { return }
    throw ServiceError(
      .unavailable, "\(missing) frames were lost: the last to arrive was \(lastSequence), the last sent \(sequence)")
  }

  /// What to acknowledge to a peer that asks: everything, and again if need be.
  mutating func acknowledgementOfAll() -> UInt32 {
    lastAcknowledged = lastSequence
    unacknowledgedByteCount = 0
    return lastSequence
  }

  /// The sequence to acknowledge now, if one is due. `eagerly` leaves no frame unacknowledged.
  mutating func acknowledgement(eagerly: Bool = false) -> UInt32? {
    let count = lastSequence &- lastAcknowledged
    guard
      count >= (eagerly ? 1 : UInt32(limits.acknowledgedEvery))
        || unacknowledgedByteCount >= limits.acknowledgedEveryByteCount
    else { return nil }
    lastAcknowledged = lastSequence
    unacknowledgedByteCount = 0
    return lastSequence
  }
}
