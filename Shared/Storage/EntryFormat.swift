import Crypto
import Glibc

/// How an entry lies in its file:
///
///     8 bytes   a mark, by the kind of value
///     32        key
///     32        contract
///     n         value
///     32        SHA-256 over all of the above
struct EntryFormat: Sendable {
  static let overhead = markByteCount + 3 * EntryKey.digestByteCount
  private static let markByteCount = 8
  private let mark: [UInt8]

  init(mark: String) {
    precondition(
      mark.utf8.count == Self.markByteCount, "a mark of \(mark.utf8.count) bytes, and not \(Self.markByteCount)")
    self.mark = Array(mark.utf8)
  }

  func bytes(of value: [UInt8], under key: EntryKey) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(value.count + Self.overhead)
    bytes += head(of: key)
    bytes += value
    bytes += SHA256.hash(data: bytes)
    return bytes
  }

  /// The value; nothing where a bit is another than was written, or the entry is another's.
  func value(in bytes: [UInt8], under key: EntryKey) -> [UInt8]? {
    guard bytes.count >= Self.overhead, bytes.starts(with: head(of: key)) else { return nil }
    let end = bytes.count - EntryKey.digestByteCount
    guard SHA256.hash(data: bytes[..<end]) == bytes[end...] else { return nil }
    return Array(bytes[(Self.overhead - EntryKey.digestByteCount)..<end])
  }

  /// Reads a value of `target`'s size straight into it; false where anything is not as it was written.
  func read(_ file: borrowing Descriptor, under key: EntryKey, into target: inout MutableRawSpan) -> Bool {
    let head = head(of: key)
    guard file.status.map({ Int($0.st_size) }) == target.byteCount + Self.overhead,
      file.bytes(at: 0, count: head.count) == head,
      let digest = file.bytes(at: head.count + target.byteCount, count: EntryKey.digestByteCount)
    else { return false }
    let number = file.number
    return target.withUnsafeMutableBytes { target in  // sound: they are used within
      guard readAll(number, into: target, at: head.count) else { return false }
      var hash = SHA256()
      hash.update(data: head)
      hash.update(bufferPointer: UnsafeRawBufferPointer(target))
      return hash.finalize() == digest
    }
  }

  private func head(of key: EntryKey) -> [UInt8] { mark + key.bytes + key.contract }
}

extension Descriptor {
  /// So many bytes from there on; nothing where the file does not have them.
  fileprivate borrowing func bytes(at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let number = number
    let isWhole = bytes.withUnsafeMutableBytes { readAll(number, into: $0, at: offset) }
    return isWhole ? bytes : nil
  }
}

/// Fills `target`; false where the file ends before, or cannot be read.
private func readAll(_ number: Int32, into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
  var done = 0
  while done < target.count {
    let count = pread(number, target.baseAddress! + done, target.count - done, offset + done)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    done += count
  }
  return true
}
