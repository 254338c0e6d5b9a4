/// Rendezvous hashing: each node has a weight of its own for each key, and the heaviest node has the key. When one of n
/// nodes comes or goes only its own keys move, one in n. (Thaler and Ravishankar, 1998.)
public enum Rendezvous {
  /// The nodes' indexes, the one that has the key first; ties go by name.
  public static func order(_ key: [UInt8], among nodes: [String]) -> [Int] {
    let weights = nodes.map { weight($0, key) }
    return nodes.indices.sorted {
      weights[$0] != weights[$1] ? weights[$0] > weights[$1] : nodes[$0] < nodes[$1]
    }
  }

  /// FNV-1a over node and key, then SplitMix64's finalizer, since FNV alone leaves the high bits of short inputs alike.
  private static func weight(_ node: String, _ key: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in Array(node.utf8) + [0] + key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return hash ^ (hash >> 31)
  }
}

/// Rendezvous hashing that does not let a popular key drown its node: the first node in the key's order whose load is at
/// most `slack` times the mean. (Mirrokni, Thorup, Zadimoghaddam, 2018.)
public struct BoundedLoad: Sendable {
  public struct Node: Equatable, Sendable {
    public var name: String
    public var load: Int

    public init(name: String, load: Int) {
      self.name = name
      self.load = load
    }
  }

  /// 1.25: a node gets at most a quarter more than its share, and few keys leave their node.
  public let slack: Double

  public init(slack: Double = 1.25) { self.slack = slack }

  /// The index of the node for `key`, or nothing where there is no node.
  public func choose(key: [UInt8], nodes: [Node]) -> Int? {
    let order = Rendezvous.order(key, among: nodes.map(\.name))
    let total = nodes.reduce(1) { $0 + $1.load }  // this piece of work included
    let bound = (slack * Double(total) / Double(max(nodes.count, 1))).rounded(.up)
    return order.first { Double(nodes[$0].load + 1) <= bound } ?? order.first
  }
}
