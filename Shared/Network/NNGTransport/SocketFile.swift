import CNNG
import Glibc
import RPC

/// The file by which an ipc address is known.
struct SocketFile {
  private let address: Address

  init(_ address: Address) { self.address = address }

  /// Makes the directory, for this user alone, and removes the file of a process that is no more.
  func makeRoom(ledger: Ledger) throws(ServiceError) {
    try makeDirectory()
    var status = stat()
    guard lstat(address.rest, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ServiceError(.unavailable, "cannot listen at \(address): the file there is not a socket; remove it")
    }
    let knock = try Knock(at: address, ledger: ledger)
    defer { knock.close() }
    switch UInt32(bitPattern: knock.dial()) {
    case NNG_ECONNREFUSED.rawValue: unlink(address.rest)
    case NNG_ENOENT.rawValue: return
    default: throw ServiceError(nng: Int32(NNG_EADDRINUSE.rawValue), "listen at", address)
    }
  }

  private func makeDirectory() throws(ServiceError) {
    guard let slash = address.rest.lastIndex(of: "/"), slash > address.rest.startIndex else { return }
    let components = address.rest[..<slash].split(separator: "/")
    var path = address.rest.hasPrefix("/") ? "" : "."
    for component in components {
      path += "/" + component
      guard mkdir(path, 0o700) != 0, errno != EEXIST else { continue }
      throw ServiceError(
        .unavailable, "cannot listen at \(address): cannot make \(path): \(String(cString: strerror(errno)))")
    }
  }
}
