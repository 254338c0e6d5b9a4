import Glibc

/// A directory that there may not be yet.
public struct Directory: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// Itself, or the one above it that is there and that it would be made in.
  public var nearest: Directory {
    var folders = path.split(separator: "/").map(String.init)
    while !folders.isEmpty {
      let path = "/" + folders.joined(separator: "/")
      if access(path, F_OK) == 0 { return Directory(path) }
      folders.removeLast()
    }
    return Directory("/")
  }

  /// Makes a file and removes it again, which permissions alone would not tell: disks are full, or mounted for reading.
  public func checkWritable() throws(LaunchError) {
    let probe = "\(path)/.llava-\(getpid())"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LaunchError(.file, "\(path): \(systemError())") }
    defer {
      close(descriptor)
      unlink(probe)
    }
    try Output(descriptor: descriptor, name: path).write("\n")
  }

  /// What this user may still write there; nothing where the system does not say.
  public var free: ByteCount? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    return ByteCount(bytes: overflow ? .max : bytes)
  }
}
