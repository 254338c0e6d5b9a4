public import Members
public import RPC
public import TilePlan

/// What a gateway stands in front of, and every bound that it has.
public struct GatewayOptions: Sendable {
  public var vision: [Endpoint]
  public var decoders: [Endpoint]
  /// Questions in progress at once; more are refused. Each holds its image files until it is answered.
  public var requestCount = 256
  /// Bytes of image files, and of the pixels and features of their views, held for all questions together.
  public var uploadByteCount = 1 << 30
  public var imageLimits = ImageLimits()
  /// Images of one question. Each takes 576 of a context of 4,096.
  public var imageCount = 16
  /// Features that are kept: 1,000 views in f16 are 1.1 GiB.
  public var cacheByteCount = 1 << 30
  /// Pixels of views that are kept: those of the images that are being encoded now, 38 of five views of 336 pixels.
  public var preparedByteCount = 64 << 20
  /// Images or views on their way to one vision worker: enough that it never waits for the next, and few to encode again if it is lost.
  public var imagesPerVisionWorker = 4
  /// Workers that one image or view is tried on.
  public var encodeAttempts = 3

  public init(vision: [Endpoint], decoders: [Endpoint]) {
    self.vision = vision
    self.decoders = decoders
  }

  /// In front of workers that stay where they are.
  public init(vision: [Address], decoders: [Address]) {
    self.init(vision: vision.map(Endpoint.address), decoders: decoders.map(Endpoint.address))
  }
}
