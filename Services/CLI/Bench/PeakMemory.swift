import Foundation
import Launch

/// The most memory that this process has had resident, as the kernel counts it.
enum PeakMemory {
  /// Begins to count anew; false where the system does not let a process do that, so that the peak is the whole life's.
  static func reset() -> Bool {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
    // 5 sets the peak to what is resident now (proc(5)).
    return (try? file.write(contentsOf: Data("5".utf8))) != nil  // said by the result
  }

  /// Bytes, or nothing where the system does not say.
  static var bytes: Int? {
    guard let bytes = try? fileBytes(at: "/proc/self/status", limit: 1 << 20) else { return nil }  // said as such
    return peak(in: String(decoding: bytes, as: UTF8.self))
  }

  /// From the text of `/proc/self/status`.
  static func peak(in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let fields = line.dropFirst("VmHWM:".count).split(whereSeparator: \.isWhitespace)
      guard fields.count == 2, fields[1] == "kB", let count = Int(fields[0]) else { return nil }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : bytes
    }
    return nil
  }
}
