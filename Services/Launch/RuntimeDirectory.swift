import Glibc
public import Members
public import RPC

/// Where the sockets of this user's processes are.
public enum RuntimeDirectory {
  /// A Unix socket's path ends at 108 bytes; the sockets' own names need some of them.
  private static let pathByteLimit = 70

  /// `$XDG_RUNTIME_DIR/llava`, or a directory under /tmp that belongs to this user alone.
  public static var path: String {
    if let runtime = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }), runtime.hasPrefix("/"),
      runtime.utf8.count < pathByteLimit
    {
      return runtime + "/llava"
    }
    return "/tmp/llava-\(getuid())"
  }

  /// Makes the directory, or makes sure that nobody else can put a socket into it.
  public static func prepare(_ path: String = path) throws(LaunchError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw LaunchError(.file, "\(path): \(systemError())") }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw LaunchError(.file, "\(path): \(systemError())") }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(), status.st_mode & 0o077 == 0 else {
      throw LaunchError(
        .file,
        "\(path): expected a directory of user \(getuid()) with mode 700, found one of user \(status.st_uid) with mode "
          + "\(String(status.st_mode & 0o777, radix: 8)); remove it or set XDG_RUNTIME_DIR")
    }
  }
}

/// Where the services of one machine find each other unless told otherwise.
public enum DefaultAddress {
  public static let gateway = address("tcp://127.0.0.1:7600")
  public static let vision = address("tcp://127.0.0.1:7601")
  public static let decoder = address("tcp://127.0.0.1:7602")
  public static var gatewaySocket: Address { address("ipc://\(RuntimeDirectory.path)/gateway.sock") }

  /// Where a gateway answers.
  public static var gatewayDoors: [Address] { [gatewaySocket, gateway] }

  /// Where a client looks for one: the socket is this user's own, the port may be anybody's.
  public static var gatewayInSight: Address {
    access(RuntimeDirectory.path + "/gateway.sock", F_OK) == 0 ? gatewaySocket : gateway
  }

  private static func address(_ text: String) -> Address {
    do { return try Address(text) } catch { preconditionFailure("\(error)") }
  }
}

extension Sequence<Endpoint> {
  /// Refuses endpoints that other machines reach, and on the way to which nothing is encrypted.
  public func checked(isInsecureAllowed: Bool) throws(LaunchError) {
    try map(\.address).checked(isInsecureAllowed: isInsecureAllowed)
  }
}

extension Sequence<Address> {
  /// Refuses addresses that other machines reach, and on the way to which nothing is encrypted.
  public func checked(isInsecureAllowed: Bool) throws(LaunchError) {
    guard !isInsecureAllowed, let address = first(where: { $0.scheme == .tcp && !$0.isLocal }) else { return }
    throw LaunchError(
      .usage,
      "\(address) leaves this machine, and images and answers would travel unencrypted: use "
        + "tls+tcp:// with --tls-directory, ipc:// or tcp://127.0.0.1, or --insecure on a network that you trust")
  }
}
