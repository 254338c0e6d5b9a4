import Logging

/// One event of a log as one line of JSON.
///
///     {"time":"2026-01-31T12:00:00.123456Z","level":"info","program":"llava-vision","message":"…","trace":"…","metadata":{…}}
///
/// `trace` and `metadata` are there where the event has them. Every text is bounded, so that a line is.
struct LogLine {
  private(set) var text = ""

  /// `microseconds` since 1970.
  init(
    at microseconds: Int64, _ level: Logger.Level, of program: String, _ message: String, _ metadata: Logger.Metadata
  ) {
    text = "{\"time\":\"\(Self.time(microseconds))\",\"level\":\"\(level)\",\"program\":"
    write(program)
    text += ",\"message\":"
    write(message)
    var rest = metadata
    if let trace = rest.removeValue(forKey: LogKey.trace) {
      text += ",\"trace\":"
      write("\(trace)")
    }
    if !rest.isEmpty {
      text += ",\"metadata\":"
      write(rest, depth: 1)
    }
    text += "}"
  }

  private mutating func write(_ metadata: Logger.Metadata, depth: Int) {
    text += "{"
    let pairs = metadata.sorted { $0.key < $1.key }.prefix(TelemetryLimits.logMetadataCount)
    for (index, pair) in pairs.enumerated() {
      if index > 0 { text += "," }
      write(pair.key)
      text += ":"
      write(pair.value, depth: depth)
    }
    text += "}"
  }

  private mutating func write(_ value: Logger.MetadataValue, depth: Int) {
    switch value {
    case .string(let string): write(string)
    case .stringConvertible(let value): write(value.description)
    case .dictionary(let metadata) where depth < TelemetryLimits.logMetadataDepth: write(metadata, depth: depth + 1)
    case .array(let values) where depth < TelemetryLimits.logMetadataDepth:
      text += "["
      for (index, value) in values.prefix(TelemetryLimits.logMetadataCount).enumerated() {
        if index > 0 { text += "," }
        write(value, depth: depth + 1)
      }
      text += "]"
    case .dictionary, .array: write("…")
    }
  }

  /// As RFC 8259 has strings.
  private mutating func write(_ string: String) {
    let limit = TelemetryLimits.logTextByteCount
    let isWhole = string.utf8.count <= limit
    text += "\""
    for scalar in (isWhole ? string : String(decoding: string.utf8.prefix(limit), as: UTF8.self)).unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += isWhole ? "\"" : "…\""
  }

  /// RFC 3339, in UTC. The date is by Howard Hinnant's algorithm: years begin in March, so that a leap day ends one.
  /// Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  private static func time(_ microseconds: Int64) -> String {
    let microsecondsPerDay: Int64 = 86_400_000_000
    let days = Int((Double(microseconds) / Double(microsecondsPerDay)).rounded(.down))
    let rest = Int(microseconds - Int64(days) * microsecondsPerDay)
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = "\(value)"
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let seconds = rest / 1_000_000
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
      + "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      + ".\(padded(rest % 1_000_000, 6))Z"
  }
}
