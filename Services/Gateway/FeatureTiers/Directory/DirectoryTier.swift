public import Concurrency
import Glibc

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
    files = try EntryFiles(at: place, capacity: byteCount, ledger: ledger, write: write)
    leases = try LeaseFiles(at: place + "/leases")
    self.ledger = ledger
  }

  /// Bytes and number of its entries, as of the last change by this process.
  public var size: (byteCount: Int, count: Int) { ledger.held }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    try await threads.run { [files, ledger] in
      let name = hexadecimal(key.bytes)
      guard let bytes = try files.read(name) else { return nil }
      if let value = EntryFormat.value(in: bytes, under: key) { return value }
      ledger.count(.damages, firstTime: "\(files.path)/entries/\(name) is not what was written: it is removed")
      try files.remove(name)
      return nil
    }
  }

  /// Throws `full` where the disk has no room: the value is dropped, and all others stay readable.
  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await threads.run { [files] in
      try files.put(hexadecimal(key.bytes), EntryFormat.bytes(of: value, under: key))
    }
  }

  /// `duration` is not needed: the lock ends with the process.
  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await threads.run { [leases] in try leases.take(key) }
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await threads.run { [leases] in leases.release(lease) }
  }
}

/// Writes all bytes to the disk itself.
private func writeThrough(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(TierError) {
  var written = 0
  while written < bytes.count {
    let count =
      written == 0
      ? write(descriptor, bytes, bytes.count)
      : write(descriptor, Array(bytes[written...]), bytes.count - written)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw TierError(system: count == 0 ? EIO : errno, path) }
    written += count
  }
  guard fsync(descriptor) == 0 else { throw TierError(system: errno, path) }
}
