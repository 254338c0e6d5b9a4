/// The keys of log metadata, all in one place.
public enum LogKey {
  /// The request's name in every process.
  public static let trace = "trace"
  public static let worker = "worker"
  /// A service error's code.
  public static let code = "code"
  /// What was asked: questions, images or generations.
  public static let kind = "kind"
  public static let milliseconds = "milliseconds"
  /// Where something is reached.
  public static let address = "address"
}
