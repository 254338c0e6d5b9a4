import Glibc
import RPC

/// Makes the directory of an ipc address, for this user alone. nng itself replaces the socket of a dead process there,
/// but any other file as well, so that is refused.
func makeRoom(for address: Address) throws(ServiceError) {
  try makeDirectory(for: address)
  var status = stat()
  guard lstat(address.rest, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK else { return }
  throw ServiceError(.unavailable, "cannot listen at \(address): the file there is not a socket; remove it")
}

private func makeDirectory(for address: Address) throws(ServiceError) {
  guard let slash = address.rest.lastIndex(of: "/"), slash > address.rest.startIndex else { return }
  var path = address.rest.hasPrefix("/") ? "" : "."
  for component in address.rest[..<slash].split(separator: "/") {
    path += "/" + component
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { continue }
    throw ServiceError(
      .unavailable, "cannot listen at \(address): cannot make \(path): \(String(cString: strerror(errno)))")
  }
}
