import Clusters
import Concurrency
import Foundation
import Programs
import RPC

/// A cluster of real processes: a gateway, two vision workers, two decoders, and what features are kept in.
final class Site: Sendable {
  /// Where features are kept beyond the gateway.
  private enum Storage {
    /// A node of the store, behind a proxy that can be slow.
    case node(StoreServer, FaultProxy)
    /// Directories on disks that can be full: the gateway's, and the decoders'.
    case disks(SmallDisk, SmallDisk)
  }

  static let vision = ["vision-0", "vision-1"]
  static let decoders = ["decoder-0", "decoder-1"]
  static let all = ["gateway"] + vision + decoders

  let processes = Processes()
  private let storage: Storage
  /// Those that are stopped so that a phase lasts.
  private let held = Lock<Set<String>>([])
  let fileNumbers: Numbers
  private let expected = Lock<[Question: Expected]>([:])

  /// `seed` makes the files that are asked about.
  private init(seed: Int, _ storage: Storage) {
    self.storage = storage
    fileNumbers = Numbers(after: seed << 32)
  }

  /// Runs `body` with a cluster, once it has answered all questions undisturbed.
  static func with(
    seed: Int, onDisks: Bool, _ body: @escaping @Sendable (Site, Client) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "llava-site-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: folder) }  // left behind at worst
    let storage: Storage
    if onDisks {
      let disks = try ["gateway", "decoder"].map { try SmallDisk(at: folder.appendingPathComponent($0).path) }
      storage = .disks(disks[0], disks[1])
    } else {
      let node = try await StoreServer.started()
      storage = .node(node, try FaultProxy(to: node.path))
    }
    let site = Site(seed: seed, storage)
    do {
      try site.start()
      try await site.processes.withClient(workerCount: vision.count + decoders.count) { client in
        try await site.learn(by: client)
        try await body(site, client)
      }
      try await site.stop()
    } catch {
      try await site.stop()
      throw error
    }
  }

  private func start() throws {
    for name in Self.vision {
      try start(name, "llava-vision", ["--model", TestModel.demo, "--threads", "1", "--weights", "fp32"])
    }
    for name in Self.decoders {
      var arguments = ["--model", TestModel.demo, "--threads", "1", "--weights", "fp32", "--kv-memory", "512MiB"]
      if case .disks(_, let disk) = storage { arguments += ["--kv-directory", disk.path + "/" + name] }
      try start(name, "llava-decoder", arguments)
    }
    var arguments = Self.vision.flatMap { ["--vision", processes.address($0)] }
    arguments += Self.decoders.flatMap { ["--decoder", processes.address($0)] }
    switch storage {
    case .disks(let disk, _): arguments += ["--feature-cache-directory", disk.path + "/features"]
    case .node(_, let proxy):
      let key = processes.folder.appendingPathComponent("store.key").path
      try processes.start("key", "llava", ["store-key", key])
      guard processes.status("key") == 0 else {
        throw ServiceError(.internalFailure, "no key: \(try processes.errorText("key"))")
      }
      arguments += ["--store", "redis://127.0.0.1:\(proxy.port)", "--store-key", key]
    }
    try start("gateway", "llava-gateway", arguments)
  }

  private func start(_ name: String, _ program: String, _ arguments: [String]) throws {
    try processes.start(name, program, arguments + ["--listen", processes.address(name)] + Processes.showing)
  }

  private func stop() async throws {
    try await processes.stop()
    if case .node(_, let proxy) = storage { proxy.close() }
  }

  // MARK: Answers

  private func learn(by client: Client) async throws {
    let references = try Evaluation.questions().reduce(into: [Question: Int]()) {
      $0[Question(picture: $1.image, text: $1.text)] = $1.questionId
    }
    let texts = try Evaluation.references()
    for question in Question.all {
      let asked = Asked(question, number: fileNumbers.next())
      await asked.run(by: client, deadline: .distantFuture)
      guard case .answered(let text) = try await asked.outcome() else {
        throw ServiceError(.internalFailure, "undisturbed: \(asked.heard.state)")
      }
      if let reference = references[question].flatMap({ texts[$0] }), reference != text {
        throw ServiceError(.internalFailure, "undisturbed: expected '\(reference)', found '\(text)'")
      }
      let answer = Expected(tokens: asked.heard.state.tokens, text: text)
      expected.withLock { $0[question] = answer }
    }
  }

  /// What is wrong with an outcome, or nothing.
  func fault(of asked: Asked, _ outcome: Asked.Outcome) -> String? {
    guard let expected = expected.withLock({ $0[asked.question] }) else { return "nobody knows the answer" }
    return expected.fault(of: asked, outcome)
  }

  // MARK: Holding

  /// Stops processes, so that what they are asked for lasts.
  func hold(_ names: [String]) {
    held.withLock { $0.formUnion(names) }
    for name in names { processes.signal(name, SIGSTOP) }
  }

  /// Lets them go on, those that are still there.
  func letGo(_ names: [String] = all) {
    let names = held.withLock { held in
      let own = held.intersection(names)
      held.subtract(own)
      return own
    }
    for name in names where processes.isRunning(name) { processes.signal(name, SIGCONT) }
  }

  /// Which process a stage speaks of.
  static func process(in stage: String) -> String? { all.first { stage.hasSuffix("/\($0).sock") } }

  // MARK: The store

  func signalStore(_ signal: Int32) {
    if case .node(let node, _) = storage { node.signal(signal) }
  }

  func restartStore() async throws {
    guard case .node(let node, _) = storage else { return }
    node.kill()
    try await node.start()
  }

  /// Every piece that goes to the store or comes from there rests so long, in microseconds.
  func slowStore(by microseconds: UInt32) {
    if case .node(_, let proxy) = storage { proxy.slow(by: microseconds) }
  }

  func fillDisk(of victim: Victim) throws {
    guard case .disks(let features, let rows) = storage else { return }
    try (victim == .store ? features : rows).fill()
  }

  func emptyDisks() {
    guard case .disks(let features, let rows) = storage else { return }
    for disk in [features, rows] { disk.empty() }
  }
}
