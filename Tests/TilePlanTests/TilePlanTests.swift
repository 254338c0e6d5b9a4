import Testing
import TilePlan

@Suite struct TilePlanTests {
  static let oneView: [ImagePolicy] = [.pad, .crop]

  @Test func padLaysASquareAroundThePicture() {
    let plan = TilePlan(of: ImageSize(width: 501, height: 334), policy: .pad)
    let square = ImageSize(width: 336, height: 336)
    #expect(plan.views.count == 1)
    #expect(plan.views[0].canvas == ImageRegion(x: 0, y: -83, size: ImageSize(width: 501, height: 501)))
    #expect(plan.views[0].scaled == square)
    #expect(plan.views[0].window == ImageRegion(x: 0, y: 0, size: square))
  }

  @Test func cropKeepsTheMiddleOfTheLongSide() {
    let plan = TilePlan(of: ImageSize(width: 333, height: 501), policy: .crop)
    #expect(plan.views.count == 1)
    #expect(plan.views[0].canvas == ImageRegion(x: 0, y: 0, size: ImageSize(width: 333, height: 501)))
    #expect(plan.views[0].scaled == ImageSize(width: 336, height: 505))
    #expect(plan.views[0].window == ImageRegion(x: 0, y: 84, size: ImageSize(width: 336, height: 336)))
  }

  @Test(arguments: oneView)
  func aSinglePixelHasAPlan(policy: ImagePolicy) {
    let plan = TilePlan(of: ImageSize(width: 1, height: 1), policy: policy, viewSide: 28)
    #expect(plan.views.map(\.window) == [ImageRegion(x: 0, y: 0, size: ImageSize(width: 28, height: 28))])
  }

  @Test(arguments: [(336, 14, 576), (224, 14, 256), (224, 16, 196), (337, 14, 576), (14, 14, 1)])
  func tokensAreTheWholePatches(viewSide: Int, patchSide: Int, tokenCount: Int) {
    for policy in Self.oneView {
      let size = ImageSize(width: 640, height: 480)
      let plan = TilePlan(of: size, policy: policy, viewSide: viewSide, patchSide: patchSide)
      #expect(plan.tokensPerView == tokenCount)
      #expect(plan.tokenCount == tokenCount)
      #expect(plan.sourceRows == Array(0..<tokenCount))
      #expect(plan.grid == nil && plan.rowEndCount == 0 && plan.leadingTokenCount(with: [0]) == tokenCount)
    }
  }
}
