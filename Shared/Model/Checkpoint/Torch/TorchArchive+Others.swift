extension TorchArchive {
  /// What helps whenever torch itself reads a file.
  static let advice =
    "load the file with torch.load and save it again with torch.save (torch 1.6 or newer), or convert "
    + "it to safetensors"

  static func unsupported(_ file: MappedFile, _ expected: String, _ found: String) -> CheckpointError {
    CheckpointError(code: .unsupportedFormat, message: "\(file.path): expected \(expected), found \(found)")
  }

  /// Why a file is no zip archive: what it is instead, where that is known by its first bytes.
  static func notAnArchive(_ file: MappedFile) -> CheckpointError {
    let start = file.bytes(0..<min(file.byteCount, tarMark.upperBound))
    func expected(_ found: String) -> CheckpointError { unsupported(file, "the zip archive of torch.save", found) }
    if legacyOffsets.contains(where: { start.dropFirst($0).starts(with: legacyMark) }) {
      return expected("a file that torch wrote before 1.6 or without _use_new_zipfile_serialization; \(advice)")
    }
    if start.count == tarMark.upperBound, start[tarMark].elementsEqual("ustar".utf8) {
      return expected("a tar, which torch wrote before 0.1.10; \(advice)")
    }
    if start.starts(with: "version https://git-lfs".utf8) {
      return expected("a Git LFS pointer in its place; fetch the file itself with git lfs pull")
    }
    if start.starts(with: "PK\u{3}\u{4}".utf8) {
      return malformed(
        file,
        "expected a zip archive up to its end record, found \(file.byteCount) bytes without one; "
          + "the file is cut short: fetch it again")
    }
    return malformed(file, "expected the zip archive of torch.save, found a file that is no zip; \(advice)")
  }

  /// A pickle of torch's magic number, 0x1950a86a20f9469cfc6c (`torch.serialization.MAGIC_NUMBER`).
  private static let legacyMark: [UInt8] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  /// Where it may be: after the pickle's protocol, to which protocol 4 adds the length of a frame.
  private static let legacyOffsets = [2, 11]

  /// Where a tar has its mark.
  private static let tarMark = 257..<262
}
