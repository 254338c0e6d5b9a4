public import TilePlan

/// From a decoded picture to the pixels that the vision tower takes, bit for bit as LLaVA-1.5's own preprocessing
/// (policy `pad`), the Hugging Face processor's (policy `crop`), or LLaVA-1.6's and its relatives' (policy `tiles`).
public struct Preprocessor: Hashable, Sendable {
  public let policy: ImagePolicy
  /// Width and height of a view in pixels.
  public let side: Int
  /// Width and height of a patch in pixels.
  public let patch: Int
  public let normalization: Normalization
  /// RGB of the padding: `int(mean * 255)`, rounded down as the original does it, (122, 116, 104) for CLIP.
  public let padding: [UInt8]

  /// Mean and standard deviation of CLIP's training pictures: `image_mean` and `image_std` in its
  /// `preprocessor_config.json`.
  public static let clipMean = [0.48145466, 0.4578275, 0.40821073]
  public static let clipDeviation = [0.26862954, 0.26130258, 0.27577711]

  /// - Precondition: three means between 0 and 1, and three deviations; a view holds at least one patch.
  public init(
    policy: ImagePolicy, side: Int = 336, patch: Int = 14, mean: [Double] = clipMean, std: [Double] = clipDeviation
  ) {
    precondition(mean.allSatisfy { (0...1).contains($0) }, "expected means between 0 and 1, found \(mean)")
    self.policy = policy
    self.side = side
    self.patch = patch
    normalization = Normalization(mean: mean, std: std)
    padding = mean.map { UInt8($0 * 255) }
  }

  /// The views that `views(of:)` cuts out of a picture of this size, and their tokens.
  public func plan(for size: ImageSize) -> TilePlan {
    TilePlan(of: size, policy: policy, viewSide: side, patchSide: patch)
  }

  /// Cuts the picture into its views, in the order of the plan. Padding is never laid out in memory: besides the result
  /// this takes a few numbers for each of its pixels, whatever the picture's shape.
  public func views(of image: RGBImage) -> [ViewPixels] {
    plan(for: image.size).views.map { view in
      var sampler = ViewSampler(view, of: image.size, mean: padding)
      for row in sampler.rows { sampler.add(row: row, of: image.pixels, at: row * image.size.width * 3) }
      return ViewPixels(index: view.index, side: side, pixels: sampler.finished())
    }
  }

  /// Decodes a file and cuts it into its views while its rows come: the picture is never whole in memory, only what
  /// `ImageDecoder` says of its format, and 15 bytes for each pixel of a view.
  ///
  /// The header is checked against `limits` before anything is allocated. `isCancelled` is asked with every row or piece
  /// of the file.
  public func views(
    decoding file: [UInt8], limits: ImageLimits = ImageLimits(), isCancelled: () -> Bool = { Task.isCancelled }
  ) throws(ImagingError) -> (size: ImageSize, views: [ViewPixels]) {
    let header = try ImageDecoder.header(of: file, within: limits)
    let plan = plan(for: header.size)
    var samplers = plan.views.map { ViewSampler($0, of: header.size, mean: padding) }
    try ImageDecoder.rows(of: file, header, isCancelled: isCancelled) { index, row in
      for view in samplers.indices where samplers[view].rows.contains(index) {
        samplers[view].add(row: index, of: row, at: 0)
      }
    }
    return (
      header.size,
      zip(plan.views, samplers).map { ViewPixels(index: $0.index, side: side, pixels: $1.finished()) }
    )
  }

  /// `[3, side, side]`, ready for the tower.
  public func normalized(_ view: ViewPixels) -> [Float] { normalization(view.pixels) }
}
