import Concurrency
import Foundation
import Storage
import TestSupport
import Testing

@testable import FeatureTiers

@Suite struct FullDiskTests {
  private let folder = Folder()

  private func expectFull(_ tier: DirectoryTier, _ index: Int, _ value: [UInt8]) async {
    let error = await #expect(throws: TierError.self) { try await tier.put(key(index), value) }
    #expect(error?.code == .full)
  }

  @Test func aFullDiskDropsWhatIsNewAndGoesOnGivingWhatIsThere() async throws {
    let isFull = Lock(false)
    let tier = try DirectoryTier(at: folder.path, byteCount: 1 << 20, ledger: TierLedger(.disk)) {
      bytes, descriptor, path throws(StorageError) in
      // As a disk does: some of it fits.
      let fits = isFull.withLock { $0 } ? bytes.count / 2 : bytes.count
      guard write(descriptor, bytes, fits) == bytes.count else { throw StorageError(system: ENOSPC, path) }
    }
    try await tier.put(key(1), [1])
    isFull.withLock { $0 = true }
    await expectFull(tier, 2, [2])
    #expect(try await tier.get(key(1)) == [1])
    #expect(try await tier.get(key(2)) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/v1/writing").isEmpty)
    isFull.withLock { $0 = false }
    try await tier.put(key(2), [2])
    #expect(try await tier.get(key(2)) == [2])
  }

  /// A real one, of 1 MiB, where this process may mount one; the test above stands for it elsewhere.
  @Test(.enabled(if: geteuid() == 0 && Self.canMount)) func aSmallFileSystemIsFilledToItsEndAndGoesOnGiving()
    async throws
  {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    #expect(mount("llava", folder.path, "tmpfs", 0, "size=1m") == 0)
    defer { umount(folder.path) }
    let tier = try folder.tier(1 << 30)
    let value = [UInt8](repeating: 7, count: 100_000)
    var kept: [Int] = []
    for index in 1...30 {
      do {
        try await tier.put(key(index), value)
        kept.append(index)
      } catch {
        #expect((error as? TierError)?.code == .full)
      }
    }
    #expect((5...10).contains(kept.count))
    for index in 1...30 { #expect(try await tier.get(key(index)) == (kept.contains(index) ? value : nil)) }
    #expect(try await folder.tier(1 << 30).get(key(kept[0])) == value)
  }

  private static let canMount: Bool = {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-mount-\(UUID().uuidString)").path
    guard mkdir(path, 0o700) == 0 else { return false }
    defer { rmdir(path) }
    return mount("llava", path, "tmpfs", 0, "size=64k") == 0 && umount(path) == 0
  }()
}
