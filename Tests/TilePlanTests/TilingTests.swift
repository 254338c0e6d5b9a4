import Foundation
import Testing
import TilePlan

@Suite struct TilingTests {
  private func plan(_ width: Int, _ height: Int, _ tiling: Tiling, side: Int = 336) -> TilePlan {
    TilePlan(of: ImageSize(width: width, height: height), policy: .tiles(tiling), viewSide: side)
  }

  /// The published tables: LLaVA-1.6 by the original's own functions.
  @Test(arguments: [
    (640, 480, 2340), (480, 640, 2352), (336, 336, 1176), (672, 672, 2928), (1920, 1080, 1948), (500, 375, 2340),
    (1000, 300, 2182), (300, 300, 1176), (1000, 100, 1160),
  ])
  func theOriginalsTokensAreCounted(width: Int, height: Int, tokenCount: Int) {
    let plan = plan(width, height, .original())
    #expect(plan.tokenCount == tokenCount)
    #expect(plan.sourceRows.count == tokenCount)
  }

  @Test(arguments: [
    (640, 480, "3x2", 1632), (224, 224, "1x1", 528), (336, 336, "2x2", 1312), (448, 448, "2x2", 1312),
    (1920, 1080, "3x2", 1628), (2000, 300, "6x1", 1614),
  ])
  func thePapersTilesAreOfTwoHundredTwentyFour(width: Int, height: Int, grid: String, tokenCount: Int) {
    #expect(Tiling.paper.grids.count == 14)
    let plan = plan(width, height, .paper, side: 224)
    #expect(plan.grid?.description == grid)
    #expect(plan.tokenCount == tokenCount && plan.sourceRows.count == tokenCount)
    #expect(plan.views.count == 1 + plan.grid!.tileCount)
  }

  @Test func aTieGoesToTheFirstGridWhichTransformersReadsTurned() {
    #expect(plan(300, 300, .original()).grid == TileGrid(columns: 1, rows: 2))
    #expect(plan(300, 300, .transformers()).grid == TileGrid(columns: 2, rows: 1))
  }

  /// 605 sizes, among them ties and shares of the map that floats put just below a whole number.
  @Test func gridsAndTokensAreThoseOfTheReferencesFunctions() throws {
    let file = URL(filePath: #filePath).appending(path: "../../Golden/tiles/tiles.json").standardizedFileURL
    let counts = try JSONDecoder().decode(GoldenCounts.self, from: Data(contentsOf: file)).counts
    #expect(counts.count == 605)
    var differing = 0
    for row in counts {
      for (tiling, expected) in [(Tiling.original(), row[2...4]), (.transformers(), row[5...7])] {
        let plan = plan(row[0], row[1], tiling)
        let grid = plan.grid
        #expect([grid?.columns, grid?.rows, plan.tokenCount] == Array(expected), "\(row)")
      }
      if row[2...4] != row[5...7] { differing += 1 }
    }
    #expect(differing > 20)
  }

  private struct GoldenCounts: Decodable {
    let counts: [[Int]]
  }

  @Test func aSquaredPictureIsSplitWithItsPadding() {
    for size in [
      ImageSize(width: 640, height: 480), ImageSize(width: 37, height: 901), ImageSize(width: 672, height: 672),
    ] {
      let plan = plan(size.width, size.height, .squared(grids: [TileGrid(columns: 2, rows: 2)]))
      let side = size.longSide
      #expect(plan.tokenCount == 576 + 48 * 49 && plan.rowEndCount == 48)
      #expect(plan.views.allSatisfy { $0.canvas.size == ImageSize(width: side, height: side) })
      #expect(plan.views.dropFirst().allSatisfy { $0.scaled == ImageSize(width: 672, height: 672) })
      #expect(plan.views[0] == TilePlan(of: size, policy: .pad).views[0])
      #expect(plan.views[3].window == ImageRegion(x: 0, y: 336, size: ImageSize(width: 336, height: 336)))
    }
  }

  @Test func aBoundLeavesOutLargerGrids() {
    let tiling = Tiling.original()
    #expect(tiling.limited(to: 4) == tiling)
    #expect(plan(900, 300, tiling.limited(to: 3)).grid == TileGrid(columns: 3, rows: 1))
    #expect(plan(900, 300, tiling.limited(to: 2)).grid == TileGrid(columns: 2, rows: 1))
    #expect(plan(700, 700, tiling.limited(to: 3)).grid?.tileCount == 2)
    for count in 1...6 {
      #expect(Tiling.paper.limited(to: count).grids.allSatisfy { $0.tileCount <= count })
      #expect(Tiling.paper.limited(to: count).grids.contains { $0.tileCount == count })
    }
  }

  @Test func withoutAGridThereIsTheWholeAndOneRowsEnd() {
    let plan = plan(640, 480, Tiling.original().limited(to: 1))
    #expect(plan.grid == nil && plan.map == nil)
    #expect(plan.views.map(\.part) == [.whole])
    #expect(plan.sourceRows == Array(0...576) && plan.tokenCount == 577 && plan.rowEndCount == 1)
    #expect(self.plan(640, 480, Tiling.untrained.limited(to: 1)).sourceRows == Array(0..<576))
  }

  @Test func withoutTrainingNoRowEnds() {
    let plan = plan(640, 480, .untrained)
    #expect(plan.rowEndCount == 0)
    #expect(plan.tokenCount == 2340 - 36 && plan.sourceRows.allSatisfy { $0 < plan.views.count * 576 })
    #expect(plan.views[0] == TilePlan(of: ImageSize(width: 640, height: 480), policy: .pad).views[0])
  }

  /// The tiles' share of a line 200 times as long as wide is less than one feature: nothing of the map is left.
  @Test func aLineIsSeenInTheOverviewAlone() {
    let wide = plan(2000, 10, .original())
    #expect(wide.map?.keptRows.isEmpty == true && wide.tokenCount == 576 && wide.sourceRows.count == 576)
    let tall = plan(10, 2000, .original())
    #expect(tall.map?.keptColumns.isEmpty == true && tall.tokenCount == 576 + 72 && tall.rowEndCount == 72)
    #expect(tall.sourceRows.suffix(72) == Array(repeating: 4 * 576, count: 72)[...])
  }

  @Test func tokensStandReadyAsViewsArrive() {
    let plan = plan(640, 480, .original())
    #expect(plan.leadingTokenCount(with: []) == 0)
    #expect(plan.leadingTokenCount(with: [0]) == 576)
    #expect(plan.leadingTokenCount(with: [0, 1]) == 576 + 24)
    #expect(plan.leadingTokenCount(with: [0, 1, 2]) == 576 + 18 * 49)
    #expect(plan.leadingTokenCount(with: [1, 2, 3, 4]) == 0)
    #expect(plan.leadingTokenCount(with: [0, 1, 2, 3, 4]) == plan.tokenCount)
  }
}
