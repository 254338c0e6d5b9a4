import Concurrency
import Glibc
import Launch

/// Lines from standard input, waited for on a thread of their own: a prompt may stand for hours.
final class LineReader: Sendable {
  enum Line: Equatable, Sendable {
    case text(String)
    /// Ctrl-D, or the end of a file.
    case end
  }

  /// A line is at most this long; a question has to fit into a context of some thousand tokens.
  private static let byteLimit = 1 << 20
  /// How long a wait may go on after its task was cancelled, in milliseconds.
  private static let patience: Int32 = 100

  private let descriptor: Int32
  private let thread: any ComputeThread
  /// Bytes that came after the last line.
  private let rest = Lock<[UInt8]>([])

  init(descriptor: Int32 = STDIN_FILENO, thread: any ComputeThread = InferenceThread()) {
    self.descriptor = descriptor
    self.thread = thread
  }

  /// The next line without its end; throws `CancellationError` soon after the task is cancelled.
  func next() async throws -> Line {
    let isCancelled = Lock(false)
    return try await withTaskCancellationHandler {
      try await thread.run { try self.read { isCancelled.withLock { $0 } } }
    } onCancel: {
      isCancelled.withLock { $0 = true }
    }
  }

  private func read(until isCancelled: () -> Bool) throws -> Line {
    var bytes = rest.withLock { $0 }
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        rest.withLock { $0 = Array(bytes[(end + 1)...]) }
        return .text(String(decoding: bytes[..<end], as: UTF8.self))
      }
      guard bytes.count <= Self.byteLimit else {
        throw LaunchError(.usage, "a line of more than \(Self.byteLimit) bytes")
      }
      guard !isCancelled() else {
        // What was typed before the interrupt is gone, as in a shell.
        rest.withLock { $0 = [] }
        throw CancellationError()
      }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Self.patience) > 0 else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        rest.withLock { $0 = [] }
        return bytes.isEmpty ? .end : .text(String(decoding: bytes, as: UTF8.self))
      }
      bytes += piece[..<count]
    }
  }
}
