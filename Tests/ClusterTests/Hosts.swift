import Concurrency
import Foundation

/// Hosts on a network of their own, each with an address: network namespaces, wired to a bridge in one more.
final class Hosts: Sendable {
  struct Unavailable: Error, CustomStringConvertible {
    let description: String
  }

  private let names: [String]
  private let prefix = "llava-\(UUID().uuidString.prefix(8))"

  private init(_ names: [String]) { self.names = names }

  /// Why there can be none here, or nothing.
  static let obstacle: String? = {
    do {
      try Hosts(["probe"]).wire()
      return nil
    } catch {
      return "\(error)"
    }
  }()

  /// Throws where this process may not, or there is no `ip`.
  static func wired(_ names: [String]) async throws -> Hosts {
    let hosts = Hosts(names)
    try await BlockingThread.run { Result { try hosts.wire() } }.get()
    return hosts
  }

  deinit {
    // What was never made cannot be removed.
    for name in names + [Self.hub] { try? Self.ip(["netns", "delete", space(name)]) }
  }

  private static let hub = "hub"
  private static let bridge = "bridge"

  private func space(_ name: String) -> String { "\(prefix)-\(name)" }

  private func number(_ name: String) -> Int { names.firstIndex(of: name) ?? names.count }

  /// Its end of the wire at the bridge.
  private func port(_ name: String) -> String { "port-\(number(name))" }

  /// Of no other network: it is known inside the namespaces only.
  func address(_ name: String) -> String { "10.213.0.\(number(name) + 1)" }

  /// What is put before a command so that it runs there.
  func launcher(_ name: String) -> [String] { [Self.program, "netns", "exec", space(name)] }

  private func wire() throws {
    try Self.ip(["netns", "add", space(Self.hub)])
    try Self.ip(["-n", space(Self.hub), "link", "add", Self.bridge, "type", "bridge"])
    try Self.ip(["-n", space(Self.hub), "link", "set", Self.bridge, "up"])
    for name in names {
      try Self.ip(["netns", "add", space(name)])
      try Self.ip([
        "link", "add", "eth0", "netns", space(name), "type", "veth", "peer", "name", port(name), "netns",
        space(Self.hub),
      ])
      try join(name)
      try Self.ip(["-n", space(Self.hub), "link", "set", port(name), "up"])
      try Self.ip(["-n", space(name), "address", "add", "\(address(name))/24", "dev", "eth0"])
      for device in ["lo", "eth0"] { try Self.ip(["-n", space(name), "link", "set", device, "up"]) }
    }
  }

  /// From now on whatever it sends, or is sent, is lost, and nobody is told.
  func cut(_ name: String) throws { try Self.ip(["-n", space(Self.hub), "link", "set", port(name), "nomaster"]) }

  func join(_ name: String) throws {
    try Self.ip(["-n", space(Self.hub), "link", "set", port(name), "master", Self.bridge])
  }

  private static let program =
    ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].first(where: FileManager.default.isExecutableFile) ?? "ip"

  private static func ip(_ arguments: [String]) throws {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Unavailable(description: "ip \(arguments.joined(separator: " ")): \(text)run this as root")
    }
  }
}
