public import RPC

/// Who belongs to a fleet: the addresses that its endpoints lead to, and how they change.
///
/// A name that cannot be resolved leads where it led before: a resolver that is down must not take the workers with it.
public struct Membership: Sendable {
  /// Who came and who went by one event.
  public struct Change: Equatable, Sendable {
    public var joined: [Address]
    public var left: [Address]

    public init(joined: [Address] = [], left: [Address] = []) {
      self.joined = joined
      self.left = left
    }
  }

  public private(set) var endpoints: [Endpoint] = []
  /// What names lead to, sorted.
  private var known: [Endpoint: [Address]] = [:]
  /// Names that could not be resolved the last time.
  private var failing: Set<Endpoint> = []

  public init() {}

  private var found: [Address] {
    var found: [Address] = []
    var seen: Set<Address> = []
    for endpoint in endpoints {
      let places = if case .address(let address) = endpoint { [address] } else { known[endpoint] ?? [] }
      found += places.filter { seen.insert($0).inserted }
    }
    return found
  }

  /// The members, each once, in the order of their endpoints.
  public var addresses: [Address] { Array(found.prefix(MemberLimits.memberCount)) }

  /// Addresses beyond the most that are members.
  public var surplusCount: Int { max(0, found.count - MemberLimits.memberCount) }

  /// Names among the endpoints, which have to be resolved.
  public var names: [Endpoint] { endpoints.filter { if case .name = $0 { true } else { false } } }

  /// Takes other endpoints. Where those that stay lead is kept.
  public mutating func configure(_ endpoints: [Endpoint]) -> Change {
    changing { membership in
      membership.endpoints = endpoints
      membership.known = membership.known.filter { endpoints.contains($0.key) }
      membership.failing.formIntersection(endpoints)
    }
  }

  /// A name leads to machines, as a resolver writes them. Nothing where it is no endpoint any more.
  ///
  /// A machine of two protocols has an address of each; it is one worker, and so those of IPv4 are taken where there are any.
  public mutating func resolved(_ endpoint: Endpoint, to numbers: [String]) -> Change {
    changing { membership in
      guard membership.endpoints.contains(endpoint) else { return }
      membership.failing.remove(endpoint)
      let older = numbers.filter { !$0.contains(":") }
      membership.known[endpoint] = Set(older.isEmpty ? numbers : older).sorted().map {
        endpoint.address.resolved(to: $0)
      }
    }
  }

  /// A name could not be resolved; says whether that is news.
  public mutating func failed(_ endpoint: Endpoint) -> Bool { failing.insert(endpoint).inserted }

  private mutating func changing(_ event: (inout Membership) -> Void) -> Change {
    let before = addresses
    event(&self)
    let after = addresses
    let (old, new) = (Set(before), Set(after))
    return Change(joined: after.filter { !old.contains($0) }, left: before.filter { !new.contains($0) })
  }
}
