/// Where a process shows itself over HTTP: `HOST:PORT`, with an IPv6 host in brackets.
public struct ProbeAddress: Equatable, Sendable, CustomStringConvertible {
  public let host: String
  /// 0 lets the system choose.
  public let port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Nothing where the text is no address.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[colon...].dropFirst()),
      text[colon...].dropFirst().first != "+"
    else { return nil }
    let host = text[..<colon]
    let isBracketed = host.first == "[" && host.last == "]"
    let name = isBracketed ? host.dropFirst().dropLast() : host
    // 253 bytes are the longest name that DNS has.
    guard !name.isEmpty, name.utf8.count <= 253, isBracketed == name.contains(":"),
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    self.init(host: String(name), port: Int(port))
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
