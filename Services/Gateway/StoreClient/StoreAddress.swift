/// Where a node of the store answers.
public enum StoreAddress: Hashable, Sendable, CustomStringConvertible {
  case tcp(host: String, port: Int, isEncrypted: Bool)
  case unix(path: String)

  /// The port that Valkey and Redis have by default.
  private static let port = 6379

  /// Reads `redis://HOST[:PORT]`, `rediss://HOST[:PORT]` (TLS), their `valkey` twins, and `unix:///PATH`; nothing where it is none of them.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty, !parts[2].isEmpty else { return nil }
    let rest = String(parts[2])
    switch parts[0] {
    // A socket's path has 107 bytes at most (sockaddr_un).
    case "unix:" where rest.hasPrefix("/") && rest.utf8.count <= 107: self = .unix(path: rest)
    case "redis:", "valkey:": self.init(rest, isEncrypted: false)
    case "rediss:", "valkeys:": self.init(rest, isEncrypted: true)
    default: return nil
    }
  }

  private init?(_ text: String, isEncrypted: Bool) {
    guard let (host, port) = Self.hostAndPort(text) else { return nil }
    self = .tcp(host: host, port: port, isEncrypted: isEncrypted)
  }

  private static func hostAndPort(_ text: String) -> (String, Int)? {
    var (host, portText) = (Substring(text), Substring("\(port)"))
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.hasPrefix(":") else { return nil }
        portText = rest.dropFirst()
      }
    } else if let colon = text.firstIndex(of: ":") {
      (host, portText) = (text[..<colon], text[text.index(after: colon)...])
    }
    let isSound = host.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") }
    guard !host.isEmpty, isSound, let port = Int(portText), (1...65535).contains(port) else { return nil }
    return (String(host), port)
  }

  /// Whether what is sent there can be read on the way.
  public var isExposed: Bool {
    switch self {
    case .unix: false
    case .tcp(let host, _, let isEncrypted):
      !isEncrypted && !(host == "localhost" || host.hasPrefix("127.") || host == "::1")
    }
  }

  public var description: String {
    switch self {
    case .unix(let path): "unix://\(path)"
    case .tcp(let host, let port, let isEncrypted):
      "\(isEncrypted ? "rediss" : "redis")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }
}
