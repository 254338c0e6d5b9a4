public import TilePlan

/// Asks the gateway about images, whose bytes follow.
public struct AskRequest: Hashable, Sendable {
  /// Nothing: the only model there is.
  public var model: String?
  public var turns: [Turn]
  public var imageByteCounts: [Int]
  /// In one view, and how. Nothing: as the model was trained, in parts if it was.
  public var policy: PreprocessingPolicy?
  /// In parts: refused by a model that was never trained for it, unless that is accepted.
  public var hd = false
  /// Tiles of one image at most.
  public var hdMaxTiles: Int?
  /// Accepts what the model was never trained for.
  public var hdUntrained = false
  /// How features travel between the processes.
  public var element: FeatureElement
  /// What normalised pixels are rounded to; the published evaluations ran on f16.
  public var pixels: FeatureElement
  /// Nothing: the decoder's own.
  public var reference: Reference?
  /// A prompt template by its name; nothing: the model's.
  public var template: String?
  public var sampling: Sampling
  public var tokenLimit: Int?
  public var stops: [String]

  public init(
    model: String? = nil, turns: [Turn], imageByteCounts: [Int], policy: PreprocessingPolicy? = nil,
    element: FeatureElement = .f16, pixels: FeatureElement = .f32, reference: Reference? = nil,
    template: String? = nil, sampling: Sampling = Sampling(), tokenLimit: Int? = nil, stops: [String] = []
  ) {
    self.model = model
    self.turns = turns
    self.imageByteCounts = imageByteCounts
    self.policy = policy
    self.element = element
    self.pixels = pixels
    self.reference = reference
    self.template = template
    self.sampling = sampling
    self.tokenLimit = tokenLimit
    self.stops = stops
  }
}

extension AskRequest {
  /// Tokens that the answer has at most.
  public var allowedTokenCount: Int {
    guard let tokenLimit, tokenLimit > 0 else { return GenerateRequest.defaultTokenLimit }
    return tokenLimit
  }

  /// How its images are to be seen.
  public var seeing: Seeing {
    Seeing(policy: policy?.imagePolicy, isSplit: hd, tileLimit: hdMaxTiles, acceptsUntrained: hdUntrained)
  }
}

/// Where the features of an image came from.
public enum FeatureSource: String, Sendable, CaseIterable {
  /// The decoder had the image's KV; nobody fetched a feature.
  case decoder
  /// The gateway's cache.
  case memory
  /// A directory of the gateway's machine, where this or an earlier gateway had put them.
  case disk
  /// The store that gateways share.
  case store
  /// Another request was encoding the same image.
  case shared
  /// A vision worker, for this request.
  case encoded
}

/// What the model was shown of one image, so that an answer can be held against it.
public struct SightReceipt: Equatable, Sendable {
  /// Of the file's bytes.
  public var digest: [UInt8]
  public var width: Int
  public var height: Int
  public var policy: ImagePolicy
  /// What normalised pixels were rounded to.
  public var pixels: FeatureElement
  /// The type that the features travelled in.
  public var element: FeatureElement
  public var viewCount: Int
  /// Tokens that the image took in the prompt.
  public var tokenCount: Int
  /// Over the features of all views; empty where the decoder knew the image and nobody fetched them.
  public var featureDigest: [UInt8]
  public var source: FeatureSource
  /// The vision workers that encoded it, with ", " between them; empty where the decoder alone knew the image.
  public var worker: String
  /// How the tiles of an image lay that was seen in parts.
  public var grid: TileGrid?
  /// Whether the model was never trained to see an image so: the answer is nobody's trained behaviour.
  public var isUntrained: Bool

  public init(
    digest: [UInt8], width: Int, height: Int, policy: ImagePolicy, pixels: FeatureElement = .f32,
    element: FeatureElement = .f16, viewCount: Int, tokenCount: Int, featureDigest: [UInt8], source: FeatureSource,
    worker: String, grid: TileGrid? = nil, isUntrained: Bool = false
  ) {
    self.digest = digest
    self.width = width
    self.height = height
    self.policy = policy
    self.pixels = pixels
    self.element = element
    self.viewCount = viewCount
    self.tokenCount = tokenCount
    self.featureDigest = featureDigest
    self.source = source
    self.worker = worker
    self.grid = grid
    self.isUntrained = isUntrained
  }
}

/// The end of an answer, with what was seen and where the time went.
public struct AskFinished: Equatable, Sendable {
  public var finished: Finished
  public var images: [SightReceipt]
  public var timings: [Timing]
  public var model: String
  public var isDemonstration: Bool
  public var decoder: String

  public init(
    finished: Finished, images: [SightReceipt], timings: [Timing], model: String, isDemonstration: Bool, decoder: String
  ) {
    self.finished = finished
    self.images = images
    self.timings = timings
    self.model = model
    self.isDemonstration = isDemonstration
    self.decoder = decoder
  }
}

/// One item of an ASK answer.
public enum AskReply: Equatable, Sendable {
  /// The stage that was entered, for people who wait.
  case stage(String)
  case token(Token)
  case finished(AskFinished)
}
