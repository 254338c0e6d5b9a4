import Concurrency
import Glibc
import Storage

/// Leases among the processes that share a directory: a locked file for each. The system lets go of the lock of a
/// process that is killed.
struct LeaseFiles: Sendable {
  private let path: String
  private let held = Lock<[[UInt8]: Held]>([:])

  private final class Held: Sendable {
    let file: Descriptor
    init(_ file: consuming Descriptor) { self.file = file }
  }

  init(at path: String) throws(StorageError) {
    self.path = path
    try makePrivateDirectory(path)
    try removeOrphans(in: path)
  }

  func take(_ key: TierKey) throws(StorageError) -> TierLease? {
    // As many as that hold no file: everybody fills then.
    guard held.withLock({ $0.count < TierLimits.leaseFileCount }) else { return TierLease(key, token: []) }
    let file = name(of: key)
    // A lock on a file that was removed in between is nobody's.
    while true {
      let descriptor = try Descriptor(file, O_RDWR | O_CREAT)
      guard descriptor.locks() else { return nil }
      var status = stat()
      guard lstat(file, &status) == 0, status.st_ino == descriptor.status?.st_ino else { continue }
      var generator = SystemRandomNumberGenerator()
      let token = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let lease = Held(descriptor)
      held.withLock { $0[token] = lease }
      return TierLease(key, token: token)
    }
  }

  func release(_ lease: TierLease) {
    guard let held = held.withLock({ $0.removeValue(forKey: lease.token) }) else { return }
    // Gone before it is unlocked, so that nobody locks a file that is about to go.
    withExtendedLifetime(held) { _ = unlink(name(of: lease.key)) }
  }

  private func name(of key: TierKey) -> String { "\(path)/\(hexadecimal(key.bytes))" }
}
