import Concurrency
import Glibc

/// The files of a directory of entries, which several processes may share. All calls wait for the disk.
///
///     entries/NAME    whole entries: they appear and change by `rename` alone, so that a reader never sees half of one
///     writing/NAME    entries that are being written, each locked by who writes it
///     lock            held while entries appear or go; in it, how often that has happened
///
/// Who finds another number in `lock` than it left there looks through the directory anew; so all processes together
/// stay within the bound. Reading takes no lock.
struct EntryFiles: Sendable {
  private struct State {
    var index = RecencyIndex()
    /// What `lock` said when the index was right.
    var generation: UInt64?
    var nextFile = 0
  }

  let path: String
  let capacity: Int
  private let ledger: TierLedger
  private let state = Lock(State())
  private let write: WriteFile

  /// Writes all of the bytes and has them on the disk, or throws.
  typealias WriteFile = @Sendable (_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(TierError) -> Void

  init(at path: String, capacity: Int, ledger: TierLedger, write: @escaping WriteFile) throws(TierError) {
    self.path = path
    self.capacity = capacity
    self.ledger = ledger
    self.write = write
    for folder in ["", "/entries", "/writing"] { try makePrivateDirectory(path + folder) }
    try removeOrphans(in: path + "/writing")
    let lock = try lock()
    try refresh(generation(in: lock))
    let generation = advance(lock)
    try state.withLock { state throws(TierError) in
      try makeRoom(for: 0, in: &state)
      state.generation = generation
    }
  }

  /// The bytes of an entry; nothing where there is none, or where it is no file that we could have written.
  func read(_ name: String) throws(TierError) -> [UInt8]? {
    let path = entry(name)
    guard let file = try Descriptor.existing(path, O_RDONLY | O_NONBLOCK) else { return nil }
    let limit = TierLimits.valueByteCount + EntryFormat.overhead
    guard let status = file.status, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = Glibc.read(file.number, &bytes, bytes.count)
    guard count >= 0 else { throw TierError(system: errno, path) }
    file.markUsed()
    return Array(bytes.prefix(count))
  }

  /// Makes an entry of `bytes`, in place of what was there.
  func put(_ name: String, _ bytes: [UInt8]) throws(TierError) {
    guard Self.room(for: bytes.count) <= capacity else { return }
    let temporary = temporaryPath(name)
    let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
    do throws(TierError) {
      guard file.locks() else { throw TierError(.unavailable, "\(temporary): somebody else has it") }
      try write(bytes, file.number, temporary)
      file.markUsed()
      try appear(temporary, as: name, byteCount: bytes.count)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Takes an entry away that is not what it should be.
  func remove(_ name: String) throws(TierError) {
    let lock = try lock()
    try refresh(generation(in: lock))
    let generation = advance(lock)
    state.withLock { state in
      unlink(entry(name))
      state.index.remove(name)
      state.generation = generation
      publish(state.index)
    }
  }

  private func appear(_ temporary: String, as name: String, byteCount: Int) throws(TierError) {
    let lock = try lock()
    try refresh(generation(in: lock))
    let generation = advance(lock)
    try state.withLock { state throws(TierError) in
      state.index.remove(name)  // it is replaced
      try makeRoom(for: Self.room(for: byteCount), in: &state)
      guard rename(temporary, entry(name)) == 0 else { throw TierError(system: errno, entry(name)) }
      state.index.insert(name, RecencyIndex.Entry(byteCount: Self.room(for: byteCount), used: wallNanoseconds()))
      state.generation = generation
      publish(state.index)
    }
  }

  /// Removes what was used least recently, by anybody, until `byteCount` more bytes fit.
  private func makeRoom(for byteCount: Int, in state: inout State) throws(TierError) {
    while state.index.byteCount > capacity - byteCount || state.index.count >= TierLimits.entryCount,
      let oldest = state.index.oldest, let known = state.index[oldest]
    {
      var status = stat()
      let isThere = lstat(entry(oldest), &status) == 0
      let used = status.st_mtim.nanoseconds
      if isThere, used > known.used {
        // Used since, perhaps by another process.
        state.index.insert(oldest, RecencyIndex.Entry(byteCount: known.byteCount, used: used))
        continue
      }
      guard !isThere || unlink(entry(oldest)) == 0 || errno == ENOENT else {
        throw TierError(system: errno, entry(oldest))
      }
      state.index.remove(oldest)
      ledger.count(.evictions)
    }
    publish(state.index)
  }

  /// Looks through the directory where somebody else has changed it.
  private func refresh(_ generation: UInt64?) throws(TierError) {
    try state.withLock { state throws(TierError) in
      guard generation == nil || state.generation != generation else { return }
      var index = RecencyIndex()
      for name in try names(in: path + "/entries") where isEntryName(name) {
        var status = stat()
        guard lstat(entry(name), &status) == 0 else { continue }
        index.insert(
          name,
          RecencyIndex.Entry(byteCount: Self.room(for: Int(status.st_size)), used: status.st_mtim.nanoseconds))
      }
      state.index = index
      publish(index)
    }
  }

  /// What a file takes of the disk: whole blocks.
  private static func room(for byteCount: Int) -> Int { (byteCount + 4095) & ~4095 }

  private func publish(_ index: RecencyIndex) { ledger.holds(index.byteCount, index.count) }

  private func lock() throws(TierError) -> Descriptor {
    let file = try Descriptor(path + "/lock", O_RDWR | O_CREAT)
    file.lock()
    return file
  }

  private func generation(in lock: borrowing Descriptor) -> UInt64? {
    var number: UInt64 = 0
    return pread(lock.number, &number, 8, 0) == 8 ? number : nil
  }

  /// Says that the directory changes, before it does. Nothing where that cannot be said: then everybody looks each time.
  private func advance(_ lock: borrowing Descriptor) -> UInt64? {
    var number = (generation(in: lock) ?? 0) &+ 1
    if pwrite(lock.number, &number, 8, 0) == 8 { return number }
    _ = ftruncate(lock.number, 0)
    return nil
  }

  private func entry(_ name: String) -> String { "\(path)/entries/\(name)" }

  private func temporaryPath(_ name: String) -> String {
    let number = state.withLock { state in
      state.nextFile += 1
      return state.nextFile
    }
    return "\(path)/writing/\(name)-\(getpid())-\(wallNanoseconds())-\(number)"
  }
}
