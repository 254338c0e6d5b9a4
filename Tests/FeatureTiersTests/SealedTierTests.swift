import Concurrency
import FeatureTiers
import Foundation
import TestSupport
import Testing

@Suite struct SealedTierTests {
  private static let value = Array("a feature that nobody may read".utf8)
  private let inner = MemoryTier(clock: Timeline())
  private let ledger = TierLedger(.store)

  private func sealed(_ secret: UInt8 = 7) throws -> SealedTier {
    SealedTier(inner, key: try StoreKey([UInt8](repeating: secret, count: 32)), ledger: ledger)
  }

  @Test func aValueComesBackAndTheStoreSeesNothingOfIt() async throws {
    let tier = try sealed()
    try await tier.put(key(1), Self.value, by: .distantFuture)
    #expect(try await tier.get(key(1), by: .distantFuture) == Self.value)
    let stored = try #require(inner.values.first)
    #expect(stored.key.bytes != key(1).bytes)
    #expect(!String(decoding: stored.value, as: UTF8.self).contains("feature"))
    try await tier.put(key(1), Self.value, by: .distantFuture)
    #expect(inner.values.count == 1 && inner.values.first?.value != stored.value)
  }

  @Test func aChangedBitAnywhereIsAMiss() async throws {
    let tier = try sealed()
    try await tier.put(key(1), Self.value, by: .distantFuture)
    let stored = try #require(inner.values.first)
    for index in stored.value.indices {
      var changed = stored.value
      changed[index] ^= 1 << UInt8(index % 8)
      inner.values[stored.key] = changed
      #expect(try await tier.get(key(1), by: .distantFuture) == nil, "byte \(index)")
      inner.values[stored.key] = Array(stored.value.prefix(index))
      #expect(try await tier.get(key(1), by: .distantFuture) == nil, "\(index) bytes")
    }
    #expect(ledger.count(of: .damages) == 2 * stored.value.count)
  }

  /// Whoever can write to the store may put one entry in the place of another: it is not opened there.
  @Test func anEntryInAnothersPlaceIsAMiss() async throws {
    let tier = try sealed()
    try await tier.put(key(1), Self.value, by: .distantFuture)
    try await tier.put(key(2), Array("another".utf8), by: .distantFuture)
    let (first, second) = (inner.values.keys.first, inner.values.keys.dropFirst().first)
    let names = try [#require(first), #require(second)]
    inner.values = [names[0]: inner.values[names[1]] ?? [], names[1]: inner.values[names[0]] ?? []]
    #expect(try await tier.get(key(1), by: .distantFuture) == nil)
    #expect(try await tier.get(key(2), by: .distantFuture) == nil)
  }

  @Test func anotherContractOrAnotherClusterFindsNothing() async throws {
    try await sealed().put(key(1), Self.value, by: .distantFuture)
    #expect(try await sealed().get(key(1, contract: 5), by: .distantFuture) == nil)
    #expect(try await sealed(8).get(key(1), by: .distantFuture) == nil)
  }

  @Test func aKeyFileIsForItsUserAlone() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-key-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try StoreKey.create(file: path)
    _ = try StoreKey(file: path)
    #expect(throws: TierError.self) { try StoreKey.create(file: path) }
    for mode in [0o640, 0o604, 0o620, 0o666] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let error = try #require(throws: TierError.self) { try StoreKey(file: path) }
      #expect(error.message.contains("mode 0\(String(mode, radix: 8))"))
    }
    for count in [0, 31, 33] {
      try FileManager.default.removeItem(atPath: path)
      try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      let error = try #require(throws: TierError.self) { try StoreKey(file: path) }
      #expect(error.message.contains("expected 32 bytes, found \(count)"))
    }
  }
}
