/// Which views a picture is seen through, and in which order their tokens stand.
///
/// The plan is a function of the size, the policy and the model's own two numbers, and of nothing else: the gateway
/// counts tokens by it, a vision worker cuts by it, and a decoder lays out its prompt by it, without asking each other.
public struct TilePlan: Hashable, Sendable {
  public let source: ImageSize
  public let policy: ImagePolicy
  /// Width and height of every view, in pixels: `image_size` of the vision tower.
  public let viewSide: Int
  /// Width and height of a patch, in pixels: `patch_size` of the vision tower.
  public let patchSide: Int
  /// In the order in which their tokens stand in the prompt; never empty.
  public let views: [View]

  /// - Precondition: every side is at least 1, and a view holds at least one patch.
  public init(of source: ImageSize, policy: ImagePolicy, viewSide: Int = 336, patchSide: Int = 14) {
    precondition(source.shortSide >= 1, "a picture has at least 1x1 pixels, found \(source)")
    precondition(patchSide >= 1 && viewSide >= patchSide, "a view of \(viewSide) holds no patch of \(patchSide)")
    self.source = source
    self.policy = policy
    self.viewSide = viewSide
    self.patchSide = patchSide
    switch policy {
    case .pad: views = [.padded(source, side: viewSide)]
    case .crop: views = [.cropped(source, side: viewSide)]
    }
  }

  /// Tokens of one view: one for each whole patch, 576 for 336 and 14.
  public var tokensPerView: Int { (viewSide / patchSide) * (viewSide / patchSide) }

  /// Tokens of the whole picture.
  public var tokenCount: Int { views.count * tokensPerView }
}
