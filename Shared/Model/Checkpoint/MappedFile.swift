import Foundation
import Numerics

/// A file seen as memory: nothing is read before it is looked at, and processes on one machine share its pages.
///
/// The file must not be cut short while it is mapped: the system ends a process that looks at pages which are gone.
public final class MappedFile: Sendable {
  public let path: String
  public let byteCount: Int
  /// Whether the pages are the file's, and not a copy.
  private let isShared: Bool
  // Sound: the pages are mapped for reading only, and unmapped only when nobody holds the file any more.
  private nonisolated(unsafe) let base: UnsafeRawPointer

  public init(path: String) throws(CheckpointError) {
    // Without O_NONBLOCK a named pipe in place of the file would block here for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
    defer { close(descriptor) }  // the mapping outlives the descriptor

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.unreadable(path, "expected a regular file") }
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      throw CheckpointError(code: .malformed, message: "\(path): the file is empty")
    }
    guard let pages = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0), pages != MAP_FAILED else {
      throw Self.unreadable(path, "mapping \(byteCount) bytes: \(String(cString: strerror(errno)))")
    }
    base = UnsafeRawPointer(pages)
    isShared = true
    self.path = path
  }

  /// A copy of `bytes` in memory of their own, seen as a file that errors call `name`.
  package init(bytes: [UInt8], name: String) throws(CheckpointError) {
    guard !bytes.isEmpty else { throw CheckpointError(code: .malformed, message: "\(name): the file is empty") }
    let pages = mmap(nil, bytes.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pages, pages != MAP_FAILED else {
      throw Self.unreadable(name, "mapping \(bytes.count) bytes: \(String(cString: strerror(errno)))")
    }
    bytes.withUnsafeBytes { pages.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    base = UnsafeRawPointer(pages)
    isShared = false
    byteCount = bytes.count
    path = name
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }

  /// A copy of the bytes in `range`.
  func bytes(_ range: Range<Int>) -> [UInt8] { Array(view(range)) }

  /// Has the system read `range` while this thread goes on: of many small pieces, the next are there when they are wanted.
  func prefetch(_ range: Range<Int>) {
    let page = 4_096
    let start = range.lowerBound / page * page
    // A hint: where it is not taken, the bytes are read when they are looked at.
    madvise(
      UnsafeMutableRawPointer(mutating: view(start..<range.upperBound).baseAddress!), range.upperBound - start,
      MADV_WILLNEED)
  }

  /// Pages around one that is looked at which the system maps as well, where it has them in memory.
  private static let neighbourByteCount = 64 << 10

  /// Says that `range`, and what came with it, is not wanted in this process any more. It may be looked at again.
  func release(_ range: Range<Int>) {
    guard isShared else { return }
    let reach = Self.neighbourByteCount
    let start = max(0, range.lowerBound - reach) / reach * reach
    // A hint; and pages of a file that are let go are read again when they are looked at.
    madvise(
      UnsafeMutableRawPointer(mutating: base + start), min(byteCount, range.upperBound + reach) - start, MADV_DONTNEED)
  }

  /// The little-endian number that begins at `offset`.
  func integer<Integer: FixedWidthInteger>(at offset: Int, as type: Integer.Type = Integer.self) -> Integer {
    Integer(littleEndian: view(offset..<offset + MemoryLayout<Integer>.size).loadUnaligned(as: type))
  }

  /// The numbers in `range` widened to `Float`, in a copy.
  func floats(_ range: Range<Int>, as type: WeightType) -> [Float] { type.decoded(view(range)) }

  /// The bytes in `range` as a matrix that keeps this file mapped; nothing is copied.
  func matrix(
    _ range: Range<Int>, rows: Int, columns: Int, as type: WeightType, order: RowOrder = .natural
  ) -> WeightMatrix {
    WeightMatrix(
      rows: rows, columns: columns, type: type, order: order, bytes: view(range), isMapped: isShared, keepingAlive: self
    )
  }

  private func view(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount,
      "\(path): bytes \(range) were asked for, the file has \(byteCount)")
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  private static func unreadable(_ path: String, _ reason: String) -> CheckpointError {
    CheckpointError(code: .unreadable, message: "\(path): \(reason)")
  }
}
