import Concurrency
import Foundation
import Storage
import TestSupport
import Testing

@testable import FeatureTiers

/// A folder for one test, which goes with it.
final class Folder: Sendable {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-tier-\(UUID().uuidString)").path
  var entries: String { path + "/v1/entries" }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func tier(_ byteCount: Int = 1 << 20, _ ledger: TierLedger = TierLedger(.disk)) throws -> DirectoryTier {
    try DirectoryTier(at: path, byteCount: byteCount, ledger: ledger)
  }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: entries).sorted() }
}

extension FeatureTier {
  func get(_ key: TierKey) async throws -> [UInt8]? { try await get(key, by: .distantFuture) }
  func put(_ key: TierKey, _ value: [UInt8]) async throws { try await put(key, value, by: .distantFuture) }
}

@Suite struct DirectoryTierTests {
  private let folder = Folder()
  /// Of the disk, what an entry of a few bytes takes.
  private static let block = 4096

  @Test func whatWasPutIsThereAfterARestart() async throws {
    let first = try folder.tier()
    try await first.put(key(1), [1, 2, 3])
    try await first.put(key(2), [])
    let second = try folder.tier()
    #expect(try await second.get(key(1)) == [1, 2, 3])
    #expect(try await second.get(key(2)) == [])
    #expect(try await second.get(key(3)) == nil)
    #expect(second.size == (2 * Self.block, 2))
  }

  @Test func theLeastRecentlyUsedGoesFirstBeforeAndAfterARestart() async throws {
    var tier = try folder.tier(3 * Self.block)
    for index in 1...3 { try await tier.put(key(index), [UInt8(index)]) }
    #expect(try await tier.get(key(1)) == [1])
    try await tier.put(key(4), [4])
    #expect(try await tier.get(key(2)) == nil)
    tier = try folder.tier(3 * Self.block)
    #expect(try await tier.get(key(3)) == [3])
    try await tier.put(key(5), [5])
    #expect(try await tier.get(key(1)) == nil)
    #expect(try await tier.get(key(3)) == [3])
    #expect(tier.size == (3 * Self.block, 3))
    #expect(try folder.tier(Self.block).size == (Self.block, 1))
  }

  @Test func whatIsLargerThanTheDirectoryMayBeIsNotKept() async throws {
    let tier = try folder.tier(2 * Self.block)
    try await tier.put(key(1), [1])
    try await tier.put(key(2), [UInt8](repeating: 2, count: 2 * Self.block))
    #expect(try await tier.get(key(2)) == nil)
    #expect(try await tier.get(key(1)) == [1])
  }

  /// Each has put and used what the other does not know of.
  @Test func twoGatewaysInOneDirectoryStayWithinTheBoundTogether() async throws {
    let tiers = [try folder.tier(8 * Self.block), try folder.tier(8 * Self.block)]
    for seed in 1...UInt64(3) {
      var random = SeededGenerator(seed: seed)
      for step in 0..<200 {
        let (tier, index) = (tiers.randomElement(using: &random) ?? tiers[0], Int.random(in: 0..<30, using: &random))
        if let found = try await tier.get(key(index)) { #expect(found == [UInt8(index)], "seed \(seed), step \(step)") }
        try await tier.put(key(index), [UInt8(index)])
        for tier in tiers { #expect(try await tier.get(key(index)) == [UInt8(index)], "seed \(seed), step \(step)") }
        #expect(try folder.names().count <= 8, "seed \(seed), step \(step)")
      }
    }
  }

  @Test func readersNeverSeeHalfOfAnEntryThatIsBeingReplaced() async throws {
    let tiers = [try folder.tier(), try folder.tier()]
    let damages = TierLedger(.disk)
    let reader = try folder.tier(1 << 20, damages)
    try await tiers[0].put(key(1), [UInt8](repeating: 0, count: 100_000))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, tier) in tiers.enumerated() {
        group.addTask {
          for round in 0..<50 {
            try await tier.put(key(1), [UInt8](repeating: UInt8(number * 50 + round), count: 100_000))
          }
        }
      }
      group.addTask {
        for _ in 0..<300 {
          let value = try #require(try await reader.get(key(1)))
          #expect(value.allSatisfy { $0 == value[0] })
        }
      }
      try await group.waitForAll()
    }
    #expect(damages.count(of: .damages) == 0)
  }

  @Test func anEntryWithAChangedByteOrCutShortIsRemovedAndIsAMiss() async throws {
    let ledger = TierLedger(.disk)
    let tier = try folder.tier(1 << 20, ledger)
    try await tier.put(key(1), [1, 2, 3, 4])
    let name = try #require(try folder.names().first)
    let file = URL(fileURLWithPath: "\(folder.entries)/\(name)")
    let whole = try Data(contentsOf: file)
    for index in whole.indices {
      var changed = whole
      changed[index] ^= 1 << UInt8(index % 8)
      for bytes in [changed, whole.prefix(index), whole + Data([0])] {
        try bytes.write(to: file)
        #expect(try await tier.get(key(1)) == nil, "byte \(index)")
        #expect(try folder.names().isEmpty)
      }
    }
    #expect(ledger.count(of: .damages) == 3 * whole.count)
    try await tier.put(key(1), [5])
    #expect(try await tier.get(key(1)) == [5])
  }

  @Test func anotherEntrysFileOrAnotherContractIsAMiss() async throws {
    let tier = try folder.tier()
    try await tier.put(key(1), [1])
    let name = try #require(try folder.names().first)
    try await tier.put(key(2), [2])
    let other = try #require(try folder.names().first { $0 != name })
    try Data(contentsOf: URL(fileURLWithPath: "\(folder.entries)/\(other)"))
      .write(to: URL(fileURLWithPath: "\(folder.entries)/\(name)"))
    #expect(try await tier.get(key(1)) == nil)
    #expect(try await tier.get(key(2)) == [2])
    #expect(try await tier.get(key(2, contract: 9)) == nil)
  }

  @Test func filesThatAreNoEntriesAreNeitherReadNorRemoved() async throws {
    _ = try folder.tier()
    try Data([1]).write(to: URL(fileURLWithPath: folder.entries + "/holiday.jpg"))
    let hexadecimal = String(repeating: "a", count: 64)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.entries)/\(hexadecimal)", withDestinationPath: "/etc/passwd")
    let tier = try folder.tier(Self.block)
    let linked = TierKey(bytes: [UInt8](repeating: 0xaa, count: 32), contract: [UInt8](repeating: 0, count: 32))
    await #expect(throws: TierError.self) { try await tier.get(linked) }
    for index in 1...4 { try await tier.put(key(index), [1]) }
    #expect(try folder.names().contains("holiday.jpg"))
  }

  /// What a process leaves that is killed while it writes.
  @Test func halvesOfKilledWritersAreRemovedAndThoseOfLivingOnesAreNot() async throws {
    _ = try folder.tier()
    let (dead, living) = (folder.path + "/v1/writing/dead", folder.path + "/v1/writing/living")
    for path in [dead, living] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
    let writer = try Descriptor(living, O_RDWR)
    let isLocked = writer.locks()
    #expect(isLocked)
    _ = try folder.tier()
    #expect(!FileManager.default.fileExists(atPath: dead))
    #expect(FileManager.default.fileExists(atPath: living))
    withExtendedLifetime(writer.number) {}
  }

  @Test func aDirectoryOfSomebodyElseIsRefused() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/v1", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path + "/v1")
    let error = try #require(throws: TierError.self) { try folder.tier() }
    #expect(error.code == .configuration && error.message.contains("chmod 700"))
  }
}
