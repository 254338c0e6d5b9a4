import Clusters
import Concurrency
import Foundation
import Programs
import RPC

/// Where bytes go between processes.
enum Wire: String, CaseIterable, Sendable { case clientToGateway, gatewayToVision, gatewayToDecoder }

/// A gateway, a vision worker and a decoder, each a real process, and a proxy on every wire between them and the client.
struct WireSite: Sendable {
  static let names = ["gateway", "vision-0", "decoder-0"]

  let processes: Processes
  let proxies: [Wire: FaultProxy]

  private static func server(of wire: Wire) -> String {
    switch wire {
    case .clientToGateway: "gateway"
    case .gatewayToVision: "vision-0"
    case .gatewayToDecoder: "decoder-0"
    }
  }

  static func with(_ body: @escaping @Sendable (WireSite, Client) async throws -> Void) async throws {
    let processes = Processes()
    let proxies = try Dictionary(
      uniqueKeysWithValues: Wire.allCases.map { wire in
        (wire, try FaultProxy(to: processes.folder.appendingPathComponent("\(server(of: wire)).sock").path))
      })
    let site = WireSite(processes: processes, proxies: proxies)
    func end() async throws {
      try await processes.stop()
      for proxy in proxies.values { proxy.close() }
    }
    do {
      try site.start()
      try await processes.withClient(workerCount: 2, at: site.address(.clientToGateway)) { client in
        try await body(site, client)
      }
    } catch {
      try await end()
      throw error
    }
    try await end()
  }

  private func address(_ wire: Wire) -> String { "tcp://127.0.0.1:\(proxies[wire]?.port ?? 0)" }

  /// Whether the gateway has both, and would send work to them.
  func areWorkersThere() async throws -> Bool {
    let numbers = try await processes.numbersNow(of: "gateway")
    return ["vision", "decoder"].allSatisfy { role in
      ["ready", "suspect", "probing"].contains { numbers["llava_workers{role=\"\(role)\",state=\"\($0)\"}"] == 1 }
    }
  }

  private func start() throws {
    let model = ["--model", TestModel.demo, "--threads", "1", "--weights", "fp32"]
    try start("vision-0", "llava-vision", model)
    try start("decoder-0", "llava-decoder", model + ["--kv-memory", "512MiB"])
    try start(
      "gateway", "llava-gateway",
      ["--vision", address(.gatewayToVision), "--decoder", address(.gatewayToDecoder), "--feature-cache-bytes", "0B"])
  }

  private func start(_ name: String, _ program: String, _ arguments: [String]) throws {
    try processes.start(name, program, arguments + ["--listen", processes.address(name)] + Processes.showing)
  }
}
