package import Glibc

/// An open file, which is closed with this value.
package struct Descriptor: ~Copyable, Sendable {
  package let number: Int32

  /// Throws what the system says of `path`.
  package init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(StorageError) {
    let opened = open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
    guard opened >= 0 else { throw StorageError(system: errno, path) }
    number = opened
  }

  /// Nothing where there is no such file.
  package static func existing(_ path: String, _ flags: Int32) throws(StorageError) -> Descriptor? {
    let opened = open(path, flags | O_CLOEXEC | O_NOFOLLOW)
    if opened < 0, errno == ENOENT { return nil }
    guard opened >= 0 else { throw StorageError(system: errno, path) }
    return Descriptor(opened)
  }

  private init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  package var status: stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  /// Lets all processes know that it was used now. The file system's own times are those of its last tick, and would not
  /// tell the order. Where it fails the file is taken for older than it is.
  func markUsed() {
    let now = timespec(nanoseconds: wallNanoseconds())
    _ = futimens(number, [now, now])
  }

  /// Whether nobody else has the lock now, and it is this one's until it is closed, or the process ends.
  package func locks() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }

  /// Waits for the lock.
  package func lock() {
    while flock(number, LOCK_EX) != 0, errno == EINTR {}
  }
}

/// Now, in nanoseconds of the wall clock, which alone means the same in all processes and after a restart.
func wallNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return time.nanoseconds
}

extension timespec {
  var nanoseconds: Int { Int(tv_sec) &* 1_000_000_000 &+ Int(tv_nsec) }

  init(nanoseconds: Int) { self.init(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000) }
}
