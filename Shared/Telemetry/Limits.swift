/// Every bound of what is measured and logged.
public enum TelemetryLimits {
  /// Series of one process. Ours are about 150; beyond this a label holds what it must not, and memory would grow with it.
  public static let seriesCount = 2048
  /// Labels of one series; ours have two at most, and histograms one more.
  static let labelCount = 8
  /// Bytes of one label's value; what is longer is cut, since no name or outcome is.
  static let labelValueByteCount = 128
  /// Bytes of a log line's message, and of each value of its metadata: an error's text is 4 KiB at most.
  static let logTextByteCount = 8 << 10
  /// Keys of a log line's metadata, and levels of values within values.
  static let logMetadataCount = 32
  static let logMetadataDepth = 4
}
