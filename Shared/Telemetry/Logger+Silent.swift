public import Logging

extension Logger {
  /// Hears, and says nothing.
  public static var silent: Logger { Logger(label: "llava") { _ in SwiftLogNoOpLogHandler() } }
}
