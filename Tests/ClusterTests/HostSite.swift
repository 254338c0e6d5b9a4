import Clusters
import Concurrency
import Foundation
import Programs
import RPC

/// A cluster on several hosts: every process has an address of its own, and every link between them is encrypted.
final class HostSite: Sendable {
  static let vision = ["vision-0", "vision-1"]
  static let decoders = ["decoder-0", "decoder-1"]
  static let store = "store"
  private static let client = "client"
  private static let workers = vision + decoders
  private static let names = ["gateway"] + workers + [store, client]

  /// Who has certified a process.
  enum Authority: String, CaseIterable {
    case own
    /// Nobody of the cluster believes it; a process that it has certified believes the cluster all the same.
    case foreign
  }

  let processes: Processes
  let hosts: Hosts
  private let node: StoreServer
  let fileNumbers = Numbers(after: 0)

  private init(_ processes: Processes, _ hosts: Hosts, _ node: StoreServer) {
    (self.processes, self.hosts, self.node) = (processes, hosts, node)
  }

  /// Runs `body` with a client beside the gateway, once all workers are there.
  static func with(_ body: @escaping @Sendable (HostSite, Client) async throws -> Void) async throws {
    let hosts = try await Hosts.wired(names)
    let processes = Processes()
    let result: Result<Void, any Error>
    do {
      for authority in Authority.allCases { try await certify(by: authority, hosts, processes) }
      try believeTheCluster(processes)
      let site = HostSite(processes, hosts, try await startNode(hosts, processes))
      try await site.start()
      try await processes.withClient(workerCount: workers.count) { try await body(site, $0) }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try await processes.stop()
    try result.get()
  }

  // MARK: Processes

  private static func certify(by authority: Authority, _ hosts: Hosts, _ processes: Processes) async throws {
    let addresses = names.flatMap { ["--host", hosts.address($0)] }
    try await succeed(
      processes, ["certs", "init", processes.path(authority.rawValue), "--days", "1"] + addresses)
  }

  /// Otherwise strangers would refuse the cluster, and a worker, which calls nobody, has nobody to believe: all are to be
  /// refused by whom they call.
  private static func believeTheCluster(_ processes: Processes) throws {
    let servers = processes.path("\(Authority.own)/client/servers.pem")
    let callers = processes.path("\(Authority.own)/worker/callers.pem")
    for (file, copies) in [
      (servers, ["\(Authority.foreign)/client/servers.pem", "\(Authority.own)/worker/servers.pem"]),
      (callers, ["\(Authority.foreign)/worker/callers.pem"]),
    ] {
      for copy in copies.map(processes.path) {
        if FileManager.default.fileExists(atPath: copy) { try FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: file, toPath: copy)
      }
    }
  }

  private static func succeed(_ processes: Processes, _ arguments: [String]) async throws {
    let name = arguments.prefix(2).joined(separator: "-").replacing("/", with: "-")
    try processes.start(name, "llava", arguments)
    guard await BlockingThread.run({ processes.status(name) }) == 0 else {
      throw ServiceError(.internalFailure, "llava \(arguments): \(try processes.errorText(name))")
    }
  }

  /// The store's node shows a worker's certificate, which gateways believe, and takes gateways only: it needs no password.
  private static func startNode(_ hosts: Hosts, _ processes: Processes) async throws -> StoreServer {
    let identity = processes.path("\(Authority.own)/worker/identity.pem")
    return try await StoreServer.started(
      [
        "--bind", hosts.address(store), "--protected-mode", "no", "--tls-port", "\(nodePort)", "--tls-cert-file",
        identity, "--tls-key-file", identity, "--tls-ca-cert-file",
        processes.path("\(Authority.own)/worker/callers.pem"),
      ], by: hosts.launcher(store))
  }

  private static let nodePort = 6379

  private func start() async throws {
    for name in Self.workers { try startWorker(name, certifiedBy: .own) }
    let key = processes.path("store.key")
    try await Self.succeed(processes, ["store-key", key])
    func workers(_ flag: String, _ names: [String]) -> [String] { names.flatMap { [flag, address($0)] } }
    let directory = tlsDirectory("gateway", .own)
    try processes.start(
      "gateway", "llava-gateway",
      workers("--vision", Self.vision) + workers("--decoder", Self.decoders) + [
        "--listen", address("gateway"), "--listen", processes.address("gateway"), "--tls-directory", directory,
        "--store", "rediss://\(hosts.address(Self.store)):\(Self.nodePort)", "--store-key", key, "--store-authority",
        "\(directory)/servers.pem", "--store-certificate", "\(directory)/identity.pem", "--store-private-key",
        "\(directory)/identity.pem",
      ], by: hosts.launcher("gateway"))
  }

  func startWorker(_ name: String, certifiedBy authority: Authority) throws {
    let isVision = Self.vision.contains(name)
    try processes.start(
      name, isVision ? "llava-vision" : "llava-decoder",
      ["--model", TestModel.demo, "--threads", "1", "--weights", "fp32", "--listen", address(name)]
        + (isVision ? [] : ["--kv-memory", "512MiB"])
        + ["--tls-directory", tlsDirectory("worker", authority)], by: hosts.launcher(name))
  }

  /// Where it answers its peers.
  func address(_ name: String) -> String { "tls+tcp://\(hosts.address(name)):7600" }

  private func tlsDirectory(_ role: String, _ authority: Authority) -> String {
    processes.path("\(authority)/\(role)")
  }

  // MARK: Clients

  /// What came of a command at the client's host.
  struct Ended {
    let status: Int32
    let output: String
    let error: String
  }

  /// Runs `program` to its end there.
  private func run(_ program: String, _ arguments: [String]) async throws -> Ended {
    let name = "client-\(fileNumbers.next())"
    let output = Pipe()
    try processes.start(name, program, arguments, output: output, by: hosts.launcher(Self.client))
    let text = await BlockingThread.run { output.fileHandleForReading.readDataToEndOfFile() }
    let status = await BlockingThread.run { [processes] in processes.status(name) }
    return Ended(
      status: status ?? -1, output: String(decoding: text, as: UTF8.self), error: try processes.errorText(name))
  }

  /// Asks over the network, with the certificate of a `role`.
  func ask(_ question: Question, as role: String, certifiedBy authority: Authority) async throws -> Ended {
    let picture = TestModel.root.appendingPathComponent("deploy/models/demo/eval/images/\(question.picture)").path
    return try await run(
      "llava",
      [
        "ask", "--gateway", address("gateway"), "--tls-directory", tlsDirectory(role, authority), picture,
        question.text,
      ])
  }

  /// Greets as who has no certificate at all, and waits for an answer.
  func greetWithoutCertificate(_ name: String) async throws -> Ended {
    try await run(
      "/usr/bin/openssl", ["s_client", "-connect", "\(hosts.address(name)):7600", "-quiet", "-ign_eof"])
  }

  /// Which decoder a stage speaks of.
  func decoder(in stage: String) -> String? { Self.decoders.first { stage.hasSuffix(address($0)) } }
}
