import Concurrency
import DequeModule

/// What was spent within the last minute.
///
/// Amounts of one second lie together and count until the last of them is a minute old. So never more than a limit is
/// spent in any minute, and the memory is bounded by its seconds.
struct MinuteWindow: Sendable {
  private static let length: Duration = .seconds(60)
  private static let slotLength: Duration = .seconds(1)

  private struct Slot {
    let first: Instant
    var last: Instant
    var amount: Int
  }

  private var slots: Deque<Slot> = []
  private(set) var total = 0

  /// Forgets what is a minute old.
  mutating func advance(to now: Instant) {
    while let slot = slots.first, slot.last + Self.length <= now {
      total -= slot.amount
      slots.removeFirst()
    }
  }

  /// How long until `amount` fits under `limit`: zero where it does now, nothing where it never will.
  func wait(for amount: Int, limit: Int, at now: Instant) -> Duration? {
    guard amount <= limit else { return nil }
    var left = total
    if left <= limit - amount { return .zero }
    for slot in slots {
      left -= slot.amount
      if left <= limit - amount { return slot.last + Self.length - now }
    }
    return .zero
  }

  mutating func spend(_ amount: Int, at now: Instant) {
    guard amount > 0 else { return }
    total += amount
    if let slot = slots.last, now - slot.first < Self.slotLength {
      slots[slots.count - 1].amount += amount
      slots[slots.count - 1].last = now
    } else {
      slots.append(Slot(first: now, last: now, amount: amount))
    }
  }

  /// Takes back a part of what was spent at `instant`, unless that is forgotten already.
  mutating func refund(_ amount: Int, spentAt instant: Instant) {
    guard let place = slots.firstIndex(where: { $0.first <= instant && instant <= $0.last }) else { return }
    slots[place].amount -= amount
    total -= amount
  }
}
