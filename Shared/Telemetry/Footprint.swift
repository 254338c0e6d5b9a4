import Glibc

/// What this process takes of its machine, as the kernel says.
public struct Footprint: Sendable {
  /// Clock ticks of /proc are a hundredth of a second in every configuration of Linux for user space.
  private static let ticksPerSecond = 100.0

  public init() {}

  /// Nothing for what /proc does not say here.
  public var samples: [Sample] {
    var samples: [Sample] = []
    if let fields = Self.status {
      // proc(5) counts from 1 and the name in parentheses is left out: field n is at n - 3.
      let ticks = fields[11] + fields[12]
      samples.append(Metric.cpuSeconds.sample(ticks / Self.ticksPerSecond))
      samples.append(Metric.residentBytes.sample(fields[21] * Double(getpagesize())))
      samples.append(Metric.startTime.sample(Self.bootTime + fields[19] / Self.ticksPerSecond))
    }
    if let count = Self.descriptorCount { samples.append(Metric.openDescriptors.sample(count)) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      samples.append(Metric.descriptorLimit.sample(Double(limit.rlim_cur)))
    }
    return samples
  }

  /// The numbers of /proc/self/stat from the third field on; 0 where one is none, as the state is.
  private static var status: [Double]? {
    guard let text = text(of: "/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].dropFirst().split(separator: " ").map { Double($0) ?? 0 }
    return fields.count > 21 ? fields : nil
  }

  /// When the machine started, in seconds since 1970.
  private static var bootTime: Double {
    seconds(of: CLOCK_REALTIME) - seconds(of: CLOCK_BOOTTIME)
  }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static var descriptorCount: Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count - 3  // ".", ".." and the folder itself
  }

  /// The first page of a file; those of /proc that are read here are a line.
  private static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4 << 10)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
