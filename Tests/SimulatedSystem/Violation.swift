/// Something that must never be, and was.
public struct Violation: Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// A question that was neither answered nor ended by an error.
    case noEnd
    case twoEnds
    /// Another answer than the only right one, or another picture than the one that was sent.
    case wrongAnswer
    /// Sums of a ledger that do not add up, or are not what happened.
    case imbalance
    /// Work that was done twice for one call.
    case doubleExecution
    /// A view that was encoded again without a reason.
    case encodedTwice
    /// Blocks of the KV cache that nobody holds and nobody can have.
    case leakedBlocks
    /// Bytes, flights and leases that are held when nobody asks any more.
    case leakedHold
    /// Work that goes on for a question that is over.
    case missedCancel
    /// A question that ended long after its deadline.
    case late
    /// A process that still has something to do when nobody asks any more.
    case unrest
    /// A server whose connections do not come to rest.
    case openCalls
  }

  public let kind: Kind
  public let text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  public var description: String { "\(kind): \(text)" }
}
