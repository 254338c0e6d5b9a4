import Foundation

/// What of the machine this process may use.
public enum Machine {
  /// By affinity and by the quota of its control group; at least 1.
  public static var coreCount: Int {
    // On Linux Foundation counts the cores of the affinity mask.
    let allowed = max(1, ProcessInfo.processInfo.activeProcessorCount)
    return min(allowed, smallest("cpu.max", in: groups(), reading: contents, as: cores) ?? .max)
  }

  /// Bytes of memory, by what is there and by the limit of its control group.
  public static var memoryByteCount: Int {
    let installed = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    return min(installed, smallest("memory.max", in: groups(), reading: contents, as: bytes) ?? .max)
  }

  /// The CPU that `OPENBLAS_CORETYPE` has OpenBLAS take this one for; nothing where OpenBLAS finds out by itself.
  public static var forcedCoreType: String? {
    getenv("OPENBLAS_CORETYPE").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func contents(of path: String) -> String? {
    // What cannot be read limits nothing.
    (try? fileBytes(at: path, limit: 64 << 10)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func groups() -> [String] { groups(of: contents(of: "/proc/self/cgroup") ?? "") }

  /// The directories of this process's control group (v2) and of all above it.
  static func groups(of membership: String) -> [String] {
    guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return [] }
    var names = line.dropFirst(3).split(separator: "/").map(String.init)
    var directories: [String] = []
    repeat { directories.append((["/sys/fs/cgroup"] + names).joined(separator: "/")) } while names.popLast() != nil
    return directories
  }

  /// The smallest value of a file in all these groups; nothing where none sets it.
  static func smallest(
    _ file: String, in groups: [String], reading contents: (String) -> String?, as value: (String) -> Int?
  ) -> Int? {
    groups.compactMap { contents("\($0)/\(file)").flatMap(value) }.min()
  }

  /// `QUOTA PERIOD` or `max PERIOD`, in microseconds. A part of a core counts as one.
  static func cores(_ text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0 else {
      return nil
    }
    return (quota + period - 1) / period
  }

  private static func bytes(_ text: String) -> Int? { Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) }
}
