/// Bounds of every tier.
public enum TierLimits {
  /// Bytes of one value: a view of 729 x 4,096 numbers in f32 is 11.4 MiB.
  public static let valueByteCount = 16 << 20
  /// Threads that wait for the disk: reads overlap, and a disk that hangs takes no more than these.
  static let fileThreadCount = 4
  /// Calls that wait for those threads: as many as a gateway's questions have views.
  static let fileCallCount = 4096
  /// Lock files that are open at once, out of a process's 1,024 descriptors; beyond, keys are filled without one.
  static let leaseFileCount = 128
}
