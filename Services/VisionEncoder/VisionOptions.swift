public import Numerics
public import TilePlan

/// How a vision worker works, and every bound that it has.
public struct VisionOptions: Sendable {
  /// Threads of the tower's products.
  public var threadCount: Int
  /// In which numbers the tower computes.
  public var precision = Precision.fp32
  public var imageLimits = ImageLimits()
  /// Images and views in progress at once. Each may hold its file (64 MiB) and its views as floats (1.3 MiB each for 336
  /// pixels); one at a time is decoded, in what `ImageDecoder` says of its format and 15 bytes for each pixel of its views.
  public var imageCount = 32
  /// Views that one forward pass takes. More share a pass over the weights, and wait longer for each other.
  public var batchViewCount = 4

  public init(threadCount: Int) { self.threadCount = threadCount }
}
