/// An amount of memory.
public struct ByteCount: Hashable, Sendable {
  public var bytes: Int

  public init(bytes: Int) { self.bytes = bytes }
}

extension ByteCount: SettingValue, CustomStringConvertible {
  private static let units: [(suffix: String, bytes: Int)] = [
    ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
    ("B", 1),
  ]

  public static var expectation: String { "an amount of memory such as 512MiB or 2GiB" }

  /// A whole number with a unit; without one it would be anybody's guess.
  public init?(setting text: String) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }),
      let count = Int(text.dropLast(unit.suffix.count)), count >= 0
    else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  public var settingText: String {
    let unit = Self.units.first { bytes >= $0.bytes && bytes.isMultiple(of: $0.bytes) }
    return unit.map { "\(bytes / $0.bytes)\($0.suffix)" } ?? "\(bytes)B"
  }

  /// Rounded, for people: "1.1 GiB".
  public var description: String {
    guard let unit = Self.units.prefix(3).first(where: { bytes >= $0.bytes }) else { return "\(bytes) B" }
    let tenths = (bytes * 10 + unit.bytes / 2) / unit.bytes
    return "\(tenths / 10).\(tenths % 10) \(unit.suffix)"
  }
}

extension Duration: SettingValue {
  private static let units: [(suffix: String, nanoseconds: Double)] = [
    ("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
  ]

  public static var expectation: String { "a duration such as 500ms, 30s or 2m" }

  /// A number with a unit; at most a year, so that sums of instants never overflow.
  public init?(setting text: String) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }),
      let count = Double(text.dropLast(unit.suffix.count)), count >= 0, count * unit.nanoseconds <= 365 * 24 * 3600e9
    else { return nil }
    self = .nanoseconds(Int64((count * unit.nanoseconds).rounded()))
  }

  public var settingText: String {
    let (seconds, attoseconds) = components
    if attoseconds == 0 { return seconds > 0 && seconds.isMultiple(of: 60) ? "\(seconds / 60)m" : "\(seconds)s" }
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return nanoseconds.isMultiple(of: 1_000_000) ? "\(nanoseconds / 1_000_000)ms" : "\(nanoseconds)ns"
  }
}

/// How many threads compute.
public struct ThreadCount: SettingValue, Equatable, Sendable {
  /// More threads than any machine has cores only wait for each other.
  private static let limit = 1024

  public let count: Int

  init(_ count: Int) { self.count = min(max(count, 1), Self.limit) }

  /// One for each core that this process may use.
  public static var automatic: ThreadCount { ThreadCount(Machine.coreCount) }

  public static var expectation: String { "1 to \(limit) threads" }

  public init?(setting text: String) {
    guard let count = Int(text), (1...Self.limit).contains(count) else { return nil }
    self.count = count
  }

  public var settingText: String { "\(count)" }
}
