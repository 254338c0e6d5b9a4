public import Concurrency
import Storage

/// Features in a directory: bounded in bytes, safe against a kill at any instant and against a full disk, warm after a
/// restart, and shared by the gateways of one machine.
///
/// Every entry carries its key, its contract and a digest over all of it, and is looked at again on each read: what was
/// damaged, cut short or put there by somebody else is removed, and is a miss.
public final class DirectoryTier: FeatureTier {
  /// Entries of other versions lie beside it and are never read.
  private static let version = "v1"

  private let files: EntryFiles
  private let leases: LeaseFiles
  private let ledger: TierLedger
  private let threads = FileThreads()

  /// Looks through the directory, and makes it where there is none; throws where it cannot be used. Holds at most
  /// `byteCount` bytes of files, of all processes together.
  public convenience init(at path: String, byteCount: Int, ledger: TierLedger) throws(TierError) {
    try self.init(at: path, byteCount: byteCount, ledger: ledger, write: writeThrough)
  }

  /// `write` stands for the disk in a test.
  init(
    at path: String, byteCount: Int, ledger: TierLedger, write: @escaping EntryFiles.WriteFile
  ) throws(TierError) {
    let place = "\(path)/\(Self.version)"
    self.ledger = ledger
    do throws(StorageError) {
      files = try EntryFiles(at: place, capacity: byteCount, mark: "LLAVAFT1", write: write) {
        ledger.count(.evictions)
      }
      leases = try LeaseFiles(at: place + "/leases")
    } catch {
      throw TierError(error)
    }
    ledger.holds(files.size.byteCount, files.size.count)
  }

  /// Bytes and number of its entries, as of the last change by this process.
  public var size: (byteCount: Int, count: Int) { files.size }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    let found = try await run { files in try files.value(of: EntryKey(key), atMost: TierLimits.valueByteCount) }
    switch found {
    case .value(let value): return value
    case .missing: return nil
    case .damaged:
      ledger.count(.damages, firstTime: "in \(files.path) an entry is not what was written: it is removed")
      return nil
    }
  }

  /// Throws `full` where the disk has no room: the value is dropped, and all others stay readable.
  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await run { files in try files.put(EntryKey(key), value) }
  }

  private func run<Value: Sendable>(
    _ call: @escaping @Sendable (EntryFiles) throws -> Value, undo: @escaping @Sendable (Value) -> Void = { _ in }
  ) async throws -> Value {
    do {
      return try await threads.run(
        { [files, ledger] in
          defer { ledger.holds(files.size.byteCount, files.size.count) }
          return try call(files)
        }, undo: undo)
    } catch let error as StorageError {
      throw TierError(error)
    }
  }

  /// `duration` is not needed: the lock ends with the process.
  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await run({ [leases] _ in try leases.take(key) }, undo: { [leases] lease in lease.map(leases.release) })
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await run { [leases] _ in leases.release(lease) }
  }
}

extension EntryKey {
  init(_ key: TierKey) { self.init(bytes: key.bytes, contract: key.contract) }
}

extension TierError {
  init(_ error: StorageError) {
    switch error.code {
    case .unavailable: self.init(.unavailable, error.message)
    case .full: self.init(.full, error.message)
    case .configuration: self.init(.configuration, error.message)
    }
  }
}
