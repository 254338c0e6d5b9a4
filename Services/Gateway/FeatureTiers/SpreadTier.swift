public import Concurrency
import Routing

/// Nodes that share the keys by rendezvous hashing: one more node takes its share from each of the others, and no key
/// moves between those. A node that is left alone has its keys with the next in their order.
public struct SpreadTier: FeatureTier {
  private let nodes: [GuardedTier]
  private let names: [String]

  /// `names` decide who has a key: the same on every gateway, in any order.
  public init(_ nodes: [(name: String, tier: GuardedTier)]) {
    precondition(!nodes.isEmpty, "a spread of no nodes")
    self.nodes = nodes.map(\.tier)
    names = nodes.map(\.name)
  }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    try await nodes[place(of: key)].get(key, by: deadline)
  }

  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await nodes[place(of: key)].put(key, value, by: deadline)
  }

  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    let place = place(of: key)
    var lease = try await nodes[place].lease(key, for: duration, by: deadline)
    lease?.node = place
    return lease
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await nodes[lease.node].release(lease, by: deadline)
  }

  /// The index of the node that has `key` now.
  func place(of key: TierKey) -> Int {
    let order = Rendezvous.order(key.bytes, among: names)
    return order.first { nodes[$0].isAdmitted } ?? order[0]
  }
}
