public import Numerics
public import TilePlan

/// How a vision worker works, and every bound that it has.
public struct VisionOptions: Sendable {
  /// Threads of the tower's products.
  public var threadCount: Int
  /// In which numbers the tower computes.
  public var precision = Precision.fp32
  public var imageLimits = ImageLimits()
  /// Images in progress at once. Each may hold its file (64 MiB) and, one at a time, its pixels (512 MiB).
  public var imageCount = 32
  /// Views that one forward pass takes. More share a pass over the weights, and wait longer for each other.
  public var batchViewCount = 4

  public init(threadCount: Int) { self.threadCount = threadCount }
}
