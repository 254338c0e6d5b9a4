import Foundation

/// A file that has its name only once it is whole.
///
/// Bytes go to `path` with ".partial" behind it, which takes the name in `finish`: a run that was interrupted leaves
/// nothing under the name, and one that is let go before takes its partial file away.
struct PartialFile: ~Copyable {
  private let path: String
  private let file: FileHandle

  /// Throws `unwritable` where the file cannot be made.
  init(path: String) throws(CheckpointError) {
    let partial = Self.partial(path)
    unlink(partial)  // what an interrupted run left; where it cannot be removed, opening says why
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.unwritable(partial, String(cString: strerror(errno))) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    self.path = path
  }

  deinit { unlink(Self.partial(path)) }

  func write(_ bytes: [UInt8]) throws(CheckpointError) {
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw Self.unwritable(Self.partial(path), Self.reason(error))
    }
  }

  /// Gives the file its name.
  consuming func finish() throws(CheckpointError) {
    do {
      try file.synchronize()
      try file.close()
    } catch {
      throw Self.unwritable(Self.partial(path), Self.reason(error))
    }
    guard rename(Self.partial(path), path) == 0 else {
      throw Self.unwritable(path, String(cString: strerror(errno)))
    }
  }

  static func unwritable(_ path: String, _ reason: String) -> CheckpointError {
    CheckpointError(code: .unwritable, message: "\(path): \(reason)")
  }

  private static func partial(_ path: String) -> String { path + ".partial" }

  /// The system's own words where Foundation has kept its error.
  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
  }
}
