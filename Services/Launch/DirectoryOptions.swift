public import ArgumentParser
public import Concurrency
public import FeatureTiers
public import Logging
public import Telemetry

/// A directory for what a gateway has seen, which is warm after a restart.
public struct DirectoryOptions: ParsableArguments, Sendable {
  @Option(
    help: "A directory for the features of images (default: features in this user's cache).", completion: .directory)
  public var featureCacheDirectory: String?

  @Option(help: "Room in that directory (default: 4GiB); 0B: none is used.", transform: ByteCount.parsed)
  public var featureCacheBytes: ByteCount?

  @Option(
    help: "How long that directory's disk may take before it is left alone (default: 500ms).",
    transform: Duration.parsed)
  public var featureCacheTimeout: Duration?

  public init() {}

  public var path: String { featureCacheDirectory ?? CacheDirectory.path + "/features" }
  public var size: ByteCount { featureCacheBytes ?? ByteCount(bytes: 4 << 30) }

  /// What a read, a write or a lock may take: a disk is slower than half a second only where it is in trouble, and encoding
  /// takes longer.
  var timeout: Duration { featureCacheTimeout ?? .milliseconds(500) }

  /// The directory as a tier, or nothing where it is off. One that was not asked for and cannot be had is done without.
  public func tier(
    clock: any MonotonicClock, metrics: MetricRegistry, logger: Logger
  ) throws(LaunchError) -> SecondTier? {
    guard size.bytes > 0 else { return nil }
    let ledger = TierLedger(.disk, metrics: metrics, logger: logger)
    do throws(TierError) {
      let directory = try DirectoryTier(at: path, byteCount: size.bytes, ledger: ledger)
      logger.info("\(ByteCount(bytes: directory.size.byteCount)) of features in \(path)")
      let guarded = GuardedTier(directory, name: path, patience: timeout, ledger: ledger, clock: clock)
      return SecondTier(guarded, ledger: ledger, clock: clock)
    } catch {
      guard featureCacheDirectory == nil else {
        throw LaunchError(.file, "--feature-cache-directory \(path): \(error.message)")
      }
      logger.warning("features are kept in memory only: \(error.message)")
      return nil
    }
  }
}

extension DirectoryOptions: Configurable {
  public static var settings: [Setting<DirectoryOptions>] {
    [
      Setting("feature-cache-directory", \.featureCacheDirectory, result: \.path),
      Setting("feature-cache-bytes", \.featureCacheBytes, result: \.size),
      Setting("feature-cache-timeout", \.featureCacheTimeout, result: \.timeout),
    ]
  }
}
