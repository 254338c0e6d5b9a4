import ArgumentParser
import Concurrency
import FeatureTiers
import Foundation
import Logging
import Telemetry
import Testing

@testable import Launch

@Suite struct TierOptionsTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "llava-launch-\(UUID().uuidString)"
  )
  .path

  private func directory(_ arguments: [String]) throws -> SecondTier? {
    try DirectoryOptions.parse(arguments).tier(clock: SystemClock(), metrics: MetricRegistry(), logger: Self.logger)
  }

  private func nodes(_ arguments: [String], isInsecureAllowed: Bool = false) async throws -> TierKind? {
    let options = try NodeOptions.parse(arguments)
    let store = try options.tier(
      clock: SystemClock(), isInsecureAllowed: isInsecureAllowed, metrics: MetricRegistry(), logger: Self.logger)
    await store?.client.close()
    return store?.tier.kind
  }

  @Test func aDirectoryIsUsedWhereItIsNamedAndNotWhereItIsOff() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try directory(["--feature-cache-directory", folder, "--feature-cache-bytes", "0B"]) == nil)
    #expect(!FileManager.default.fileExists(atPath: folder))
    #expect(try directory(["--feature-cache-directory", folder])?.kind == .disk)
    #expect(FileManager.default.fileExists(atPath: folder + "/v1/entries"))
    let filled = try DirectoryOptions.parse([]).filled(yaml: "feature-cache-directory: /x\nfeature-cache-bytes: 1MiB\n")
    #expect(filled.path == "/x" && filled.size.bytes == 1 << 20)
  }

  @Test func aNamedDirectoryThatCannotBeHadIsAnError() throws {
    let error = try #require(throws: LaunchError.self) {
      try directory(["--feature-cache-directory", "/proc/nowhere"])
    }
    #expect(error.code == .file && error.message.contains("--feature-cache-directory /proc/nowhere"))
  }

  @Test func nodesNeedAKeyAndAnEncryptedWay() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try StoreKey.create(file: folder)
    #expect(try await nodes([]) == nil)
    #expect(try await nodes(["--store", "redis://localhost", "--store-key", folder]) == .store)
    #expect(try await nodes(["--store", "rediss://10.0.0.1", "--store-key", folder]) == .store)
    let keyless = try await #require(throws: LaunchError.self) { try await nodes(["--store", "redis://localhost"]) }
    #expect(keyless.message.contains("llava store-key"))
    let exposed = ["--store", "redis://10.0.0.1", "--store-key", folder]
    let refusal = try await #require(throws: LaunchError.self) { try await nodes(exposed) }
    #expect(refusal.message.contains("rediss://"))
    #expect(try await nodes(exposed, isInsecureAllowed: true) == .store)
    let wrong = try #require(throws: (any Error).self) { try NodeOptions.parse(["--store", "http://x"]) }
    #expect(NodeOptions.fullMessage(for: wrong).contains("expected redis://HOST:PORT"))
  }
}
