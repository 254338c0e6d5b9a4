/// The zip archive that `torch.save` writes, by what its files are for: `NAME/data.pkl` says what there is,
/// `NAME/data/KEY` are the bytes of one storage each.
struct TorchArchive {
  let file: MappedFile
  /// Where `data.pkl` lies.
  let pickle: Range<Int>
  /// By their names without the archive's own.
  private let entries: [String: Range<Int>]

  init(_ file: MappedFile) throws(CheckpointError) {
    guard let end = try ZipEnd(file) else { throw TorchArchive.notAnArchive(file) }
    let entries = try Self.ranges(try Self.list(file, end), file, before: end.directory.lowerBound)
    try Self.checkVersion(entries, file)
    guard let pickle = entries["data.pkl"] else {
      throw Self.malformed(file, "expected a data.pkl in the archive, as torch.save writes it, found none")
    }
    guard pickle.count <= TorchLimits.pickleByteCount else {
      throw Self.malformed(
        file, "data.pkl: expected at most \(TorchLimits.pickleByteCount) bytes, found \(pickle.count)")
    }
    self.file = file
    self.pickle = pickle
    self.entries = entries
  }

  /// Where the storage's bytes lie, if there is one of this key.
  func storage(_ key: String) -> Range<Int>? { entries["data/\(key)"] }

  /// The archive's directory. A TorchScript program is recognised by its names: its code is compressed.
  private static func list(_ file: MappedFile, _ end: ZipEnd) throws(CheckpointError) -> [ZipEntry] {
    var cursor = FileCursor(file, end.directory, "directory of the archive")
    let entries = try (0..<end.entryCount).map { (_) throws(CheckpointError) in try ZipEntry(&cursor) }
    guard !entries.contains(where: { $0.name.contains("/code/") || $0.name.hasSuffix("/constants.pkl") }) else {
      throw unsupported(
        file, "a state dict", "a TorchScript program; load it with torch.jit.load and save its state_dict()")
    }
    return entries
  }

  private static func ranges(
    _ list: [ZipEntry], _ file: MappedFile, before end: Int
  ) throws(CheckpointError) -> [String: Range<Int>] {
    var entries: [String: Range<Int>] = [:]
    var archive: Substring?
    for entry in list {
      let parts = entry.name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == archive ?? parts[0] else {
        throw malformed(file, "expected every file in one folder, as torch.save writes them, found \(entry.name)")
      }
      archive = parts[0]
      guard entries.updateValue(try entry.range(in: file, before: end), forKey: String(parts[1])) == nil else {
        throw malformed(file, "expected one file named \(entry.name) in the archive, found two")
      }
    }
    return entries
  }

  /// Throws where the archive is of another kind than `torch.save` writes here.
  private static func checkVersion(_ entries: [String: Range<Int>], _ file: MappedFile) throws(CheckpointError) {
    func text(_ name: String) -> String? {
      // What is expected there has a few characters.
      entries[name].map { String(decoding: file.bytes($0.prefix(64)), as: UTF8.self) }
    }
    if let order = text("byteorder"), order != "little" {
      throw unsupported(file, "the byte order little", "\(order.debugDescription); save it on another machine")
    }
    guard let version = text("version") else {
      throw malformed(file, "expected a version in the archive, as torch.save writes it, found none")
    }
    guard let number = Int(version.filter { $0 != "\n" }), versions.contains(number) else {
      throw unsupported(
        file, "version \(versions.lowerBound) to \(versions.upperBound)", "\(version.debugDescription); \(advice)")
    }
  }

  /// `kMinSupportedFileFormatVersion` and `kMaxSupportedFileFormatVersion` (pytorch, caffe2/serialize/versions.h).
  private static let versions = 1...10

  static func malformed(_ file: MappedFile, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(file.path): \(reason)")
  }
}
