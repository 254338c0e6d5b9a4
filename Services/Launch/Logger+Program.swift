public import Checkpoint
public import Contracts
import Glibc
public import Logging
import Telemetry

/// What a line of a log looks like.
public enum LogFormat: String, CaseIterable, SettingValue, Sendable { case text, json }

extension Logger {
  /// A program's log: lines on standard error.
  public static func program(_ name: String, _ options: ProcessOptions) -> Logger {
    let format = options.format
    var logger = Logger(label: name) { label in
      switch format {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLogHandler(program: label, now: { microsecondsSince1970() }) { Output.standardError.say($0) }
      }
    }
    logger.logLevel = options.level
    return logger
  }

  private static func microsecondsSince1970() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  /// Says what a worker is about to read, which of a large model takes a while.
  public func announceReading(_ parts: Set<ModelPart>, of checkpoint: Checkpoint) {
    let weights = ByteCount(bytes: checkpoint.byteCount(of: parts))
    info("reading \(weights) of weights from \(checkpoint.path), to check every number")
  }

  /// Says what a worker runs, who chose it, and what it took of the machine.
  public func announce(_ card: ModelCard, from directory: String, as options: ModelOptions, kv: ByteCount? = nil) {
    let choice = options.weights == nil ? " (by default; --weights for others)" : ""
    let memory = kv.map { ", \($0) for KV" } ?? ""
    info(
      "model \(card.name) from \(directory) in \(card.precision)\(choice), threads \(options.threadCount.count)\(memory)"
    )
    if card.isDemonstration { warning("\(ModelLocation.demonstrationNotice)") }
  }
}
