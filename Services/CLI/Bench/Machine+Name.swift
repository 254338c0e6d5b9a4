import Glibc
import Launch

extension Machine {
  /// Bytes of the last cache before memory; 0 where the system does not say.
  static var lastCacheByteCount: Int { max(0, sysconf(Int32(_SC_LEVEL3_CACHE_SIZE))) }

  /// What the CPU calls itself; "unknown" where the system does not say.
  static var processorName: String {
    guard let bytes = try? fileBytes(at: "/proc/cpuinfo", limit: 16 << 20) else { return "unknown" }  // said as such
    return processorName(in: String(decoding: bytes, as: UTF8.self))
  }

  /// From the text of `/proc/cpuinfo`.
  static func processorName(in text: String) -> String {
    for line in text.split(separator: "\n") {
      let sides = line.split(separator: ":", maxSplits: 1).map { String($0).trimmingBlanks }
      if sides.count == 2, sides[0] == "model name", !sides[1].isEmpty { return sides[1] }
    }
    return "unknown"
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
