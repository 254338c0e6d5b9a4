import Foundation
import Launch

/// The files below a folder, to be read from the disk and not from the system's memory.
struct ColdFiles: Sendable {
  /// Bytes of one read.
  private static let pieceByteCount = 4 << 20
  private let paths: [String]
  let byteCount: Int

  /// Throws where the folder cannot be read.
  init(below folder: String) throws {
    paths = try FileManager.default.subpathsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
    byteCount = try paths.reduce(0) { sum, path in
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return attributes[.type] as? FileAttributeType == .typeRegular
        ? sum + (attributes[.size] as? Int ?? 0) : sum
    }
  }

  /// Lets the system forget what it holds of them. On file systems that are memory they stay where they are.
  func leaveMemory() throws {
    try withEach { file in
      try file.synchronize()  // what is not on the disk yet cannot be forgotten
      posix_fadvise(file.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
  }

  func read() throws {
    try withEach { file in
      while let piece = try file.read(upToCount: Self.pieceByteCount), !piece.isEmpty {}
    }
  }

  private func withEach(_ body: (FileHandle) throws -> Void) throws {
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      guard let file = FileHandle(forUpdatingAtPath: path) else {
        throw LaunchError(.file, "\(path): expected a file that can be read and written, found none")
      }
      defer { try? file.close() }  // read only
      try body(file)
    }
  }
}
