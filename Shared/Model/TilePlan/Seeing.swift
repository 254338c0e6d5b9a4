/// What somebody asks for of how pictures are seen. Without any of it a model sees as it was trained to see.
public struct Seeing: Hashable, Sendable {
  /// In one view, and how.
  public var policy: ImagePolicy?
  /// In parts.
  public var isSplit: Bool
  /// Tiles of one picture at most.
  public var tileLimit: Int?
  /// In parts, even though the model was never trained for it.
  public var acceptsUntrained: Bool

  public init(policy: ImagePolicy? = nil, isSplit: Bool = false, tileLimit: Int? = nil, acceptsUntrained: Bool = false)
  {
    self.policy = policy
    self.isSplit = isSplit || tileLimit != nil || acceptsUntrained
    self.tileLimit = tileLimit
    self.acceptsUntrained = acceptsUntrained
  }

  /// How a model sees that was trained to see parts by `tiling`, or, without one, never saw any and sees by `single`.
  /// Nil where it would have to see what it was never trained for, and nobody has accepted that.
  public func policy(trainedWith tiling: Tiling?, otherwise single: ImagePolicy) -> ImagePolicy? {
    if let policy { return policy }
    guard tiling != nil || isSplit else { return single }
    guard let tiling = tiling ?? (acceptsUntrained ? .untrained : nil) else { return nil }
    return .tiles(tileLimit.map { tiling.limited(to: $0) } ?? tiling)
  }
}
