import Glibc

/// Files that decide who may do what: only their owner may write them, and only their owner reads secrets.
public enum PrivateFile {
  /// The text of a file; throws where others could have written it or, where it `isSecret`, read it.
  ///
  /// A secret of root's may be readable by its group: so a process that is not root is given one.
  public static func text(at path: String, isSecret: Bool, limit: Int) throws(CredentialError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CredentialError(errno == ENOENT ? .missing : .file, "\(path): \(reason())")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw CredentialError(.file, "\(path): \(reason())") }
    try check(status, of: path, isSecret: isSecret)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw CredentialError(.file, "\(path): \(reason())") }
      guard count > 0 else { break }
      guard bytes.count + count <= limit else {
        throw CredentialError(.malformed, "\(path): expected at most \(limit) bytes, found more")
      }
      bytes += piece[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw CredentialError(.malformed, "\(path): expected text, found bytes that are none")
    }
    return text
  }

  private static func check(_ status: stat, of path: String, isSecret: Bool) throws(CredentialError) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CredentialError(.malformed, "\(path): expected a file, found something else")
    }
    guard status.st_uid == getuid() || status.st_uid == 0 else {
      throw CredentialError(
        .permissions, "\(path): expected a file of user \(getuid()) or of root, found one of user \(status.st_uid)")
    }
    let forbidden: mode_t = isSecret ? (status.st_uid == 0 ? 0o037 : 0o077) : 0o022
    guard status.st_mode & forbidden == 0 else {
      let allowed = isSecret ? "600" : "644"
      throw CredentialError(
        .permissions,
        "\(path): expected mode \(allowed), found \(String(status.st_mode & 0o777, radix: 8)); chmod \(allowed) it, and "
          + (isSecret ? "make a new one if others may have read it" : "see who may have written it"))
    }
  }

  /// Puts a file there for its owner alone, whole or not at all: whoever reads it meanwhile has the old one.
  public static func replace(_ path: String, with text: String) throws(CredentialError) {
    let fresh = "\(path).\(getpid()).new"
    unlink(fresh)  // of a process with this number that was killed
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CredentialError(.file, "\(fresh): \(reason())") }
    let isWritten = write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
    let failure = reason()
    close(descriptor)
    guard isWritten else {
      unlink(fresh)
      throw CredentialError(.file, "\(fresh): \(failure)")
    }
    guard rename(fresh, path) == 0 else {
      let failure = reason()
      unlink(fresh)
      throw CredentialError(.file, "\(path): \(failure)")
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, Array(rest), rest.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Makes a directory that only its owner enters; one that is there stays, if it is such.
  public static func makeDirectory(_ path: String) throws(CredentialError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw CredentialError(.file, "\(path): \(reason())") }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw CredentialError(.file, "\(path): \(reason())") }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(), status.st_mode & 0o077 == 0 else {
      throw CredentialError(
        .permissions,
        "\(path): expected a directory of user \(getuid()) with mode 700, found user \(status.st_uid) and mode "
          + String(status.st_mode & 0o777, radix: 8))
    }
  }

  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
