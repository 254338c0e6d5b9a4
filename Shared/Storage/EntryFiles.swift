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
package struct EntryFiles: Sendable {
  /// Entries of one directory: looking through so many takes a tenth of a second.
  private static let entryLimit = 65_536

  private struct State {
    var index = RecencyIndex()
    /// What `lock` said when the index was right.
    var generation: UInt64?
    var nextFile = 0
  }

  package let path: String
  private let capacity: Int
  private let format: EntryFormat
  private let onEviction: @Sendable () -> Void
  private let state = Lock(State())
  private let sizes = Lock((byteCount: 0, count: 0))
  private let write: WriteFile

  /// Writes all of the bytes and has them on the disk, or throws.
  package typealias WriteFile =
    @Sendable (_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(StorageError) -> Void

  /// Looks through the directory, and makes it where there is none. Holds at most `capacity` bytes of files, of all
  /// processes together. `mark`, of 8 characters, tells kinds of values apart.
  package init(
    at path: String, capacity: Int, mark: String, write: @escaping WriteFile = writeThrough,
    onEviction: @escaping @Sendable () -> Void = {}
  ) throws(StorageError) {
    self.path = path
    self.capacity = capacity
    self.write = write
    self.onEviction = onEviction
    format = EntryFormat(mark: mark)
    for folder in ["", "/entries", "/writing"] { try makePrivateDirectory(path + folder) }
    try removeOrphans(in: path + "/writing")
    let lock = try lock()
    try refresh(generation(in: lock))
    let generation = advance(lock)
    try state.withLock { state throws(StorageError) in
      try makeRoom(for: 0, in: &state)
      state.generation = generation
    }
  }

  /// What is there, as of the last look.
  package var size: (byteCount: Int, count: Int) { sizes.withLock { $0 } }

  /// What became of a value that was asked for.
  package enum Found<Value: Sendable>: Sendable {
    case value(Value)
    case missing
    /// It was not what was written, and has been removed.
    case damaged
  }

  /// Whether there is an entry of this name; not whether it is whole.
  package func contains(_ key: EntryKey) -> Bool { access(entry(key.name), R_OK) == 0 }

  /// Lets the system fetch an entry that is read soon, while others are looked at; does not wait for its bytes.
  package func announce(_ key: EntryKey) {
    // Who reads it says what is wrong with it.
    guard let file = try? file(of: key) else { return }
    posix_fadvise(file.number, 0, 0, POSIX_FADV_WILLNEED)
  }

  /// A value of at most `limit` bytes.
  package func value(of key: EntryKey, atMost limit: Int) throws(StorageError) -> Found<[UInt8]> {
    guard let file = try file(of: key) else { return .missing }
    guard let bytes = try bytes(of: file, key.name, atMost: limit), let value = format.value(in: bytes, under: key)
    else {
      try remove(key.name)
      return .damaged
    }
    return .value(value)
  }

  /// The same of a value of `target`'s size, which is read straight into it.
  package func read(_ key: EntryKey, into target: inout MutableRawSpan) throws(StorageError) -> Found<Void> {
    guard let file = try file(of: key) else { return .missing }
    guard format.read(file, under: key, into: &target) else {
      try remove(key.name)
      return .damaged
    }
    file.markUsed()
    return .value(())
  }

  /// Keeps a value, in place of what was there. Throws `full` where the disk has no room.
  package func put(_ key: EntryKey, _ value: [UInt8]) throws(StorageError) {
    try put(key.name, format.bytes(of: value, under: key))
  }

  private func file(of key: EntryKey) throws(StorageError) -> Descriptor? {
    try Descriptor.existing(entry(key.name), O_RDONLY | O_NONBLOCK)
  }

  /// The bytes of an entry; nothing where it is no file that we could have written.
  private func bytes(of file: borrowing Descriptor, _ name: String, atMost limit: Int) throws(StorageError) -> [UInt8]?
  {
    guard let status = file.status, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit + EntryFormat.overhead
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = Glibc.read(file.number, &bytes, bytes.count)
    guard count >= 0 else { throw StorageError(system: errno, entry(name)) }
    file.markUsed()
    return Array(bytes.prefix(count))
  }

  private func put(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
    guard Self.room(for: bytes.count) <= capacity else { return }
    let temporary = temporaryPath(name)
    let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
    do throws(StorageError) {
      guard file.locks() else { throw StorageError(.unavailable, "\(temporary): somebody else has it") }
      try write(bytes, file.number, temporary)
      file.markUsed()
      try appear(temporary, as: name, byteCount: bytes.count)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Takes an entry away that is not what it should be.
  private func remove(_ name: String) throws(StorageError) {
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

  private func appear(_ temporary: String, as name: String, byteCount: Int) throws(StorageError) {
    let lock = try lock()
    try refresh(generation(in: lock))
    let generation = advance(lock)
    try state.withLock { state throws(StorageError) in
      state.index.remove(name)  // it is replaced
      try makeRoom(for: Self.room(for: byteCount), in: &state)
      guard rename(temporary, entry(name)) == 0 else { throw StorageError(system: errno, entry(name)) }
      state.index.insert(name, RecencyIndex.Entry(byteCount: Self.room(for: byteCount), used: wallNanoseconds()))
      state.generation = generation
      publish(state.index)
    }
  }

  /// Removes what was used least recently, by anybody, until `byteCount` more bytes fit.
  private func makeRoom(for byteCount: Int, in state: inout State) throws(StorageError) {
    while state.index.byteCount > capacity - byteCount || state.index.count >= Self.entryLimit,
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
        throw StorageError(system: errno, entry(oldest))
      }
      state.index.remove(oldest)
      onEviction()
    }
    publish(state.index)
  }

  /// Looks through the directory where somebody else has changed it.
  private func refresh(_ generation: UInt64?) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
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

  private func publish(_ index: RecencyIndex) { sizes.withLock { $0 = (index.byteCount, index.count) } }

  private func lock() throws(StorageError) -> Descriptor {
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

/// Writes all bytes to the disk itself.
package func writeThrough(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(StorageError) {
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw StorageError(system: count == 0 ? EIO : errno, path) }
    written += count
  }
  guard fsync(descriptor) == 0 else { throw StorageError(system: errno, path) }
}
