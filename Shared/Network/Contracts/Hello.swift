import CMessages
public import RPC

/// The first frame each way: who speaks, in which protocols, and which model it serves.
public struct Hello: Equatable, Sendable {
  /// The protocol of this build. Its predecessor's frames had no checksum, so that it is not spoken any more; from
  /// this one on a build also talks to the one before.
  public static let protocolNumber = 2
  public static let build = "llava 0.1.0"

  public var protocols: ClosedRange<Int>
  public var role: Role
  public var build: String
  public var card: ModelCard?
  /// What a gateway knows a client by.
  public var token: String?

  public init(role: Role, card: ModelCard? = nil, token: String? = nil) {
    protocols = Self.protocolNumber...Self.protocolNumber
    self.role = role
    build = Self.build
    self.card = card
    self.token = token
  }

  /// What is sent as the first frame.
  public var greeting: [UInt8] { encoded }

  /// Reads a peer's HELLO, and refuses a peer with which there is no common protocol, or of another role than expected.
  public init(greeting bytes: [UInt8], expecting roles: Set<Role>) throws(ServiceError) {
    try self.init(decoding: bytes)
    let ours = Hello(role: .client)
    guard protocols.overlaps(ours.protocols) else {
      throw ServiceError(
        .incompatible,
        "protocols differ: \(ours.build) speaks \(ours.protocols), the peer (\(build)) speaks \(protocols); "
          + "run builds that are at most one protocol apart")
    }
    guard roles.contains(role) else {
      let expected = roles.map { "\($0)" }.sorted().joined(separator: " or ")
      throw ServiceError(.incompatible, "expected a \(expected) at this address, found a \(role); check the addresses")
    }
  }
}

extension Hello: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Hello>?) -> Void { llava__v1__hello__init }

  init(_ message: Llava__V1__Hello) throws(ServiceError) {
    guard let role = Role(rawValue: message.role.rawValue), message.oldest_protocol <= message.newest_protocol else {
      throw ServiceError(
        .invalidRequest,
        "Hello: role \(message.role.rawValue), protocols \(message.oldest_protocol) to \(message.newest_protocol)")
    }
    self.init(
      role: role, card: try value(message.card),
      token: message.has_token != 0 ? try String(message.token, of: "Hello.token") : nil)
    protocols = Int(message.oldest_protocol)...Int(message.newest_protocol)
    build = try String(message.build, of: "Hello.build")
  }

  func fill(_ message: inout Llava__V1__Hello, _ arena: Arena) {
    message.oldest_protocol = UInt32(protocols.lowerBound)
    message.newest_protocol = UInt32(protocols.upperBound)
    message.role = Llava__V1__Role(role.rawValue)
    message.build = arena.text(build)
    message.card = arena.optional(card)
    if let token { (message.has_token, message.token) = (1, arena.text(token)) }
  }
}
