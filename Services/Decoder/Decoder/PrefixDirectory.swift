public import Checkpoint
import Concurrency
import Crypto
public import Logging
public import Numerics
public import Scheduling
import Storage

/// Rows of pictures in a directory: bounded in bytes, checked on each read, and only ever read by a decoder that would
/// compute the same bits.
public final class PrefixDirectory: PrefixStore {
  private let files: EntryFiles
  /// Everything besides the prompt that the bits of a row depend on.
  private let contract: [UInt8]
  private let logger: Logger
  private let failures = Lock(0)

  /// Looks through the directory, and makes it where there is none. Holds at most `byteCount` bytes of files.
  ///
  /// `build` tells programs apart, since another one may sum in another order.
  public init(
    at path: String, byteCount: Int, of checkpoint: Checkpoint, in precision: Precision, build: [UInt8],
    logger: Logger = Logger(label: "llava-decoder") { _ in SwiftLogNoOpLogHandler() }
  ) throws {
    files = try EntryFiles(at: path + "/v1", capacity: byteCount, mark: "LLAVAKV1")
    self.logger = logger
    contract = try checkpoint.arithmetic(in: precision, build: build)
    logger.info("\(files.size.byteCount >> 20) of at most \(byteCount >> 20) MiB of rows in \(path)")
  }

  /// Bytes of its files, as of the last change by this process.
  public var byteCount: Int { files.size.byteCount }

  public func contains(_ key: PrefixKey) -> Bool { files.contains(name(of: key)) }

  public func announce(_ key: PrefixKey) { files.announce(name(of: key)) }

  public func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool {
    do throws(StorageError) {
      switch try files.read(name(of: key), into: &block) {
      case .value: return true
      case .missing: return false
      case .damaged: complain("an entry is not what was written, or is of another model or build: it is removed")
      }
    } catch {
      complain(error.message)
    }
    return false
  }

  public func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool {
    do throws(StorageError) {
      try files.put(name(of: key), block)
      return true
    } catch {
      complain(error.message)
      return false
    }
  }

  /// Models and builds that share a directory have names of their own in it.
  private func name(of key: PrefixKey) -> EntryKey {
    EntryKey(bytes: Array(SHA256.hash(data: contract + key.bytes)), contract: contract)
  }

  /// Once: a disk that is full stays full for a while, and nothing is lost but time.
  private func complain(_ message: String) {
    let count = failures.withLock { count in
      count += 1
      return count
    }
    if count == 1 { logger.warning("rows on disk: \(files.path): \(message) (said once)") }
  }
}
