public import Logging

/// Writes every event of a log as one line of JSON.
public struct JSONLogHandler: LogHandler {
  public var logLevel = Logger.Level.info
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let program: String
  private let now: @Sendable () -> Int64
  private let write: @Sendable (String) -> Void

  /// `now` tells microseconds since 1970; `write` takes whole lines without their end.
  public init(
    program: String, now: @escaping @Sendable () -> Int64, write: @escaping @Sendable (String) -> Void
  ) {
    self.program = program
    self.now = now
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// What the event says wins over what the logger always says.
  public func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    write(LogLine(at: now(), event.level, of: program, "\(event.message)", all).text)
  }
}
