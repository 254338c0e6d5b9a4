/// Bounds of a fleet.
public enum MemberLimits {
  /// Workers of one role. A status names each in a message of at most 64 KiB, half a kilobyte for one.
  public static let memberCount = 64
  /// Between two resolutions of a name: what CoreDNS gives a cluster's names to live, so that asking more often would
  /// hear the same.
  public static let resolveInterval = Duration.seconds(5)
}
