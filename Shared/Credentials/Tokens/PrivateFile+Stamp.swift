import Glibc

extension PrivateFile {
  /// What changes when a file is replaced or written to.
  public struct Stamp: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let byteCount: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// Nothing where there is no file.
    public init?(of path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      byteCount = Int64(status.st_size)
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
  }

  /// Runs `body` while nobody else does with the same `path`: two changes at once would lose one.
  public static func changing<Result>(
    _ path: String, _ body: () throws(CredentialError) -> Result
  ) throws(CredentialError) -> Result {
    let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CredentialError(.file, "\(path).lock: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }  // and with it the lock goes
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        throw CredentialError(.file, "\(path).lock: \(String(cString: strerror(errno)))")
      }
    }
    return try body()
  }
}
