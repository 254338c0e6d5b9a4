import Glibc

/// What a failed system call says, in words.
public func systemError() -> String { String(cString: strerror(errno)) }

/// The whole of a file, or of standard input for `-`; throws `usage` where it is not there or longer than `limit`.
public func fileBytes(at path: String, limit: Int) throws(LaunchError) -> [UInt8] {
  let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
  let name = path == "-" ? "standard input" : path
  guard descriptor >= 0 else { throw LaunchError(.usage, "\(name): \(systemError())") }
  defer { if descriptor != STDIN_FILENO { close(descriptor) } }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 256 << 10)
  while true {
    let count = read(descriptor, &piece, piece.count)
    if count == 0 { return bytes }
    guard count > 0 else {
      if errno == EINTR { continue }
      throw LaunchError(.file, "\(name): \(systemError())")
    }
    guard bytes.count + count <= limit else {
      throw LaunchError(.usage, "\(name): expected at most \(ByteCount(bytes: limit)), found more")
    }
    bytes += piece[..<count]
  }
}

/// Writes to a descriptor at once, without a buffer: what was written is seen.
public struct Output: Sendable {
  public let descriptor: Int32
  let name: String

  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  public static let standardOutput = Output(descriptor: STDOUT_FILENO, name: "standard output")
  public static let standardError = Output(descriptor: STDERR_FILENO, name: "standard error")

  public var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Writes all of it; throws where the other side is gone or the disk is full.
  public func write(_ text: String) throws(LaunchError) { try write(Array(text.utf8)) }

  public func write(_ bytes: [UInt8]) throws(LaunchError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, Array(rest), rest.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw LaunchError(.file, "\(name): \(systemError())") }
      rest = rest.dropFirst(count)
    }
  }

  /// For what is told in passing: a standard error that nobody reads must not stop the work.
  public func say(_ line: String) {
    try? write(line + "\n")  // there is nowhere left to say it
  }
}
