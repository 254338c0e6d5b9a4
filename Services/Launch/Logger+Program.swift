public import Checkpoint
public import Contracts
public import Logging

extension Logger {
  /// A program's log: lines of text on standard error.
  public static func program(_ name: String, _ options: ProcessOptions) -> Logger {
    var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = options.level
    return logger
  }

  /// Says what a worker is about to read, which of a large model takes a while.
  public func announceReading(_ parts: Set<ModelPart>, of checkpoint: Checkpoint) {
    let weights = ByteCount(bytes: checkpoint.byteCount(of: parts))
    info("reading \(weights) of weights from \(checkpoint.path), to check every number")
  }

  /// Says what a worker runs, and what it took of the machine.
  public func announce(_ card: ModelCard, from directory: String, threads: Int, kv: ByteCount? = nil) {
    let memory = kv.map { ", \($0) for KV" } ?? ""
    info("model \(card.name) from \(directory) in \(card.precision), threads \(threads)\(memory)")
    if card.isDemonstration { warning("\(ModelLocation.demonstrationNotice)") }
  }
}
