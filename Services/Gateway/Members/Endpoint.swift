public import RPC

/// Where workers are looked for.
public enum Endpoint: Hashable, Sendable {
  /// One worker.
  case address(Address)
  /// `dns+tcp://NAME:PORT` or `dns+tls+tcp://NAME:PORT`: a name that is resolved again and again, each of whose addresses
  /// is a worker. The address here has the name as its host.
  case name(Address)

  private static let mark = "dns+"

  /// Throws `invalidRequest` where the text is neither.
  public init(_ text: String) throws(ServiceError) {
    guard text.hasPrefix(Self.mark) else {
      self = .address(try Address(text))
      return
    }
    let address = try Address(String(text.dropFirst(Self.mark.count)))
    guard address.host != nil else {
      throw ServiceError(.invalidRequest, "'\(text)': expected dns+tcp://NAME:PORT or dns+tls+tcp://NAME:PORT")
    }
    self = .name(address)
  }

  /// The worker's address, or one with the name in it.
  public var address: Address {
    switch self {
    case .address(let address), .name(let address): address
    }
  }
}

extension Endpoint: CustomStringConvertible {
  public var description: String {
    switch self {
    case .address(let address): "\(address)"
    case .name(let address): "\(Self.mark)\(address)"
    }
  }
}
