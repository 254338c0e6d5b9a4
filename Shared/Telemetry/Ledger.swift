/// What became of everything that was asked: nothing is lost, and nothing is counted twice.
///
///     received = accepted + refused
///     accepted = completed + failed + cancelled + in progress
public struct Ledger: Equatable, Sendable {
  public private(set) var received = 0
  public private(set) var accepted = 0
  public private(set) var refused = 0
  public private(set) var completed = 0
  public private(set) var failed = 0
  public private(set) var cancelled = 0
  public private(set) var inProgress = 0

  public init() {}

  public mutating func refuse() {
    received += 1
    refused += 1
  }

  public mutating func accept() {
    received += 1
    accepted += 1
    inProgress += 1
  }

  public mutating func complete() {
    inProgress -= 1
    completed += 1
  }

  public mutating func fail() {
    inProgress -= 1
    failed += 1
  }

  public mutating func cancel() {
    inProgress -= 1
    cancelled += 1
  }

  /// Which sum is off, with its numbers; nothing where both hold.
  public var imbalance: String? {
    if received != accepted + refused {
      return "received \(received), but accepted \(accepted) + refused \(refused) = \(accepted + refused)"
    }
    let ended = completed + failed + cancelled
    if inProgress < 0 || accepted != ended + inProgress {
      return "accepted \(accepted), but completed \(completed) + failed \(failed) + cancelled \(cancelled) + "
        + "in progress \(inProgress) = \(ended + inProgress)"
    }
    return nil
  }
}
