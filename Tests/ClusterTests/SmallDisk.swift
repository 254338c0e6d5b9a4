import Foundation
import Glibc

/// A file system of its own in memory, which can be filled to its end.
final class SmallDisk: Sendable {
  let path: String

  struct Unavailable: Error, CustomStringConvertible {
    let description: String
  }

  private static let byteCount = 64 << 20

  /// Mounts it at `path`, which must not be there. Throws where this process may not.
  init(at path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("llava", path, "tmpfs", 0, "size=\(Self.byteCount)") == 0 else {
      throw Unavailable(
        description: "cannot mount a tmpfs at \(path): \(String(cString: strerror(errno))); run this as root")
    }
    self.path = path
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  private var ballast: String { path + "/ballast" }

  /// Takes all the room that there is.
  func fill() throws {
    let descriptor = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Unavailable(description: "\(ballast): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 1, count: 4096)
    while write(descriptor, page, page.count) == page.count {}
  }

  /// Gives it back.
  func empty() { unlink(ballast) }
}
