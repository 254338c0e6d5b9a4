import TestSupport
import Testing
import TilePlan

/// What holds for any picture and every convention.
@Suite struct TilePropertyTests {
  private struct Convention {
    let name: String
    let tiling: Tiling
    let side: Int
  }

  private static let conventions = [
    Convention(name: "paper", tiling: .paper, side: 224),
    Convention(name: "original", tiling: .original(), side: 336),
    Convention(name: "transformers", tiling: .transformers(), side: 336),
    Convention(name: "squared", tiling: .squared(grids: [TileGrid(columns: 2, rows: 2)]), side: 336),
    Convention(name: "untrained", tiling: .untrained, side: 336),
  ]

  /// 10,000 sizes for all conventions together: some near a tile's, some of any size, some very elongated.
  private static func forAny(_ body: (TilePlan, String) -> Void) {
    for seed in 0..<10_000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let longest = [40, 700, 5_000, 65_535][Int.random(in: 0..<4, using: &random)]
      var size = ImageSize(
        width: .random(in: 1...longest, using: &random), height: .random(in: 1...longest, using: &random))
      if random.oneIn(8) { size.height = max(1, size.width / Int.random(in: 20...400, using: &random)) }
      let convention = conventions[Int(seed) % conventions.count]
      let limit = Int.random(in: 1...8, using: &random)
      let plan = TilePlan(of: size, policy: .tiles(convention.tiling.limited(to: limit)), viewSide: convention.side)
      body(plan, "seed \(seed): \(size) by \(convention.name), at most \(limit) tiles")
    }
  }

  @Test func tilesCoverThePictureOnce() {
    Self.forAny { plan, name in
      guard let grid = plan.grid else {
        #expect(plan.views.map(\.part) == [.whole], "\(name)")
        return
      }
      let tiles = plan.views.dropFirst()
      let first = tiles.first!
      let expected = (0..<grid.rows).flatMap { row in
        (0..<grid.columns).map { TilePlan.View.Part.tile(column: $0, row: row) }
      }
      #expect(tiles.map(\.part) == expected, "\(name)")
      for (index, tile) in tiles.enumerated() {
        let (column, row) = (index % grid.columns, index / grid.columns)
        #expect(tile.window.x == first.window.x + column * plan.viewSide, "\(name)")
        #expect(tile.window.y == first.window.y + row * plan.viewSide, "\(name)")
        #expect(tile.canvas == first.canvas && tile.scaled == first.scaled, "\(name)")
        #expect(tile.window.size == ImageSize(width: plan.viewSide, height: plan.viewSide), "\(name)")
      }
      // So the windows are a rectangle without gaps or overlaps, and the picture lies within it.
      let last = tiles.last!
      #expect(first.window.x <= 0 && first.window.y <= 0, "\(name)")
      #expect(last.window.columns.upperBound >= first.scaled.width, "\(name)")
      #expect(last.window.rows.upperBound >= first.scaled.height, "\(name)")
      #expect(
        first.scaled.width == grid.columns * plan.viewSide || first.scaled.height == grid.rows * plan.viewSide,
        "\(name)")
    }
  }

  @Test func theCountPlannedIsTheCountDelivered() {
    Self.forAny { plan, name in
      let rows = plan.sourceRows
      let features = plan.views.count * plan.tokensPerView
      #expect(rows.count == plan.tokenCount, "\(name)")
      #expect(rows.count { $0 == features } == plan.rowEndCount, "\(name)")
      #expect(rows.allSatisfy { (0...features).contains($0) }, "\(name)")
      #expect(rows.starts(with: 0..<plan.tokensPerView), "\(name)")
      #expect(Set(rows).count == rows.count - max(plan.rowEndCount - 1, 0), "\(name)")
      #expect(plan.views.map(\.index) == Array(plan.views.indices), "\(name)")
    }
  }

  /// A feature is written as its place on the map: split into tiles and merged, the places are in order again.
  @Test func mergingIsTheInverseOfSplitting() {
    Self.forAny { plan, name in
      guard let grid = plan.grid, let map = plan.map else { return }
      let patches = plan.viewSide / plan.patchSide
      #expect(map.columns == grid.columns * patches && map.rows == grid.rows * patches, "\(name)")
      var features = Array(repeating: -1, count: plan.views.count * plan.tokensPerView + 1)
      for row in 0..<map.rows {
        for column in 0..<map.columns {
          let view = 1 + row / patches * grid.columns + column / patches
          features[view * plan.tokensPerView + row % patches * patches + column % patches] = row * map.columns + column
        }
      }
      let merged = plan.sourceRows.dropFirst(plan.tokensPerView).map { features[$0] }.filter { $0 >= 0 }
      let expected = map.keptRows.flatMap { row in map.keptColumns.map { row * map.columns + $0 } }
      #expect(merged == expected, "\(name)")
    }
  }

  /// Every feature that shows a pixel of the picture is kept, but for a rounding at each side.
  @Test func onlyPaddingIsDropped() {
    Self.forAny { plan, name in
      guard let map = plan.map, let tile = plan.views.dropFirst().first else { return }
      let (left, top) = (-tile.window.x, -tile.window.y)
      let shown = (
        columns: left / plan.patchSide..<(left + tile.scaled.width + plan.patchSide - 1) / plan.patchSide,
        rows: top / plan.patchSide..<(top + tile.scaled.height + plan.patchSide - 1) / plan.patchSide
      )
      for (kept, shown) in [(map.keptColumns, shown.columns), (map.keptRows, shown.rows)] where shown.count > 2 {
        #expect(abs(kept.lowerBound - shown.lowerBound) <= 1, "\(name): \(kept) of \(shown)")
        #expect(abs(kept.upperBound - shown.upperBound) <= 1, "\(name): \(kept) of \(shown)")
      }
    }
  }
}
