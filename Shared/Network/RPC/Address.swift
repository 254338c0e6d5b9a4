/// Where a service is reached: `tls+tcp://host:port`, `tcp://host:port`, `ipc:///path` or `inproc://name`.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  public enum Scheme: String, Sendable, CaseIterable {
    case inproc, ipc, tcp
    /// Encrypted, with certificates of both ends.
    case tls = "tls+tcp"
  }

  public let scheme: Scheme
  /// What follows `scheme://`.
  public let rest: String
  /// The name that this address was found under.
  private let name: String?

  public init(_ text: String) throws(ServiceError) {
    guard let separator = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: String(text[..<separator.lowerBound]))
    else {
      throw ServiceError(
        .invalidRequest,
        "address '\(text)': expected tls+tcp://HOST:PORT, tcp://HOST:PORT, ipc:///PATH or inproc://NAME")
    }
    let rest = String(text[separator.upperBound...])
    guard !rest.isEmpty, rest.utf8.count <= 100, !rest.utf8.contains(0) else {
      // A Unix socket's path ends at 108 bytes, nng's own at 128.
      throw ServiceError(
        .invalidRequest, "address '\(text)': expected 1 to 100 bytes after '://', found \(rest.utf8.count)")
    }
    if scheme == .tcp || scheme == .tls {
      guard let colon = rest.lastIndex(of: ":"), colon > rest.startIndex, rest[colon...].dropFirst().first != "+",
        UInt16(rest[colon...].dropFirst()) != nil
      else {
        throw ServiceError(.invalidRequest, "address '\(text)': expected a host and a port from 0 to 65535")
      }
    }
    self.init(scheme, rest, name: nil)
  }

  private init(_ scheme: Scheme, _ rest: String, name: String?) {
    self.scheme = scheme
    self.rest = rest
    self.name = name
  }

  /// The address of one machine that `host` is a name of; `number` is how a resolver writes it. A peer there has to be
  /// certified for the name.
  public func resolved(to number: String) -> Address {
    guard let host, let colon = rest.lastIndex(of: ":") else { return self }
    return Address(scheme, (number.contains(":") ? "[\(number)]" : number) + rest[colon...], name: host)
  }

  /// The host that a peer's certificate has to name: the one that is dialled, or the name that it was found under.
  public var certifiedHost: String? { name ?? host }

  /// The host of a tcp or TLS address, without the brackets of IPv6.
  public var host: String? {
    guard scheme == .tcp || scheme == .tls, let colon = rest.lastIndex(of: ":") else { return nil }
    let host = rest[..<colon]
    return host.first == "[" && host.last == "]" ? String(host.dropFirst().dropLast()) : String(host)
  }

  /// Whether nobody outside this machine can reach it.
  public var isLocal: Bool {
    guard let host else { return true }
    // A name may begin with 127 and lead anywhere; only the numbers are loopback.
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    return host == "localhost" || host == "::1" || isLoopback
  }

  public var description: String { "\(scheme.rawValue)://\(rest)" }
}
