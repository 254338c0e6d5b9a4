import Foundation
import Glibc

/// The names in a directory.
func names(in path: String) throws(StorageError) -> [String] {
  do {
    return try FileManager.default.contentsOfDirectory(atPath: path)
  } catch {
    throw StorageError(.unavailable, "\(path): \(error.localizedDescription)")
  }
}

/// A key in hexadecimal: no other files are ever read, counted or removed.
func isEntryName(_ name: String) -> Bool {
  name.utf8.count == 2 * EntryKey.digestByteCount
    && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
}

/// Makes a directory that only this user can change, and those above it.
package func makePrivateDirectory(_ path: String) throws(StorageError) {
  var folder = ""
  for part in path.split(separator: "/") {
    folder += "/\(part)"
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw StorageError(system: errno, folder) }
  }
  var status = stat()
  guard lstat(path, &status) == 0 else { throw StorageError(system: errno, path) }
  guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
    throw StorageError(
      .configuration, "\(path): expected a directory of this user that nobody else can write to (chmod 700)")
  }
}

/// Removes files that no process has locked: who wrote them was killed.
package func removeOrphans(in path: String) throws(StorageError) {
  for name in try names(in: path) {
    let file = "\(path)/\(name)"
    // What cannot be opened is not ours, or is gone.
    guard let descriptor = try? Descriptor(file, O_RDONLY | O_NONBLOCK), descriptor.locks() else { continue }
    unlink(file)
  }
}
