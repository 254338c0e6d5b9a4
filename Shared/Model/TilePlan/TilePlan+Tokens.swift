extension TilePlan {
  /// Rows of one view's features: one for each whole patch, 576 for 336 and 14.
  public var tokensPerView: Int { patchesPerSide * patchesPerSide }

  /// Tokens of the whole picture.
  public var tokenCount: Int { tokensPerView + mapTokenCount }

  /// How many of the tokens end a row, and are the same learned vector.
  public var rowEndCount: Int { endsRows ? map?.keptRows.count ?? 1 : 0 }

  /// Where each token of the picture comes from, in the order of the prompt.
  ///
  /// The numbers count the rows of all views' features laid below each other, `[views, tokensPerView]`, and behind these
  /// there is one more row, the vector that ends a row of the map. So what the prompt holds of the picture is, of
  /// these rows, the ones at these numbers.
  public var sourceRows: [Int] {
    var rows = Array(0..<tokensPerView)
    rows.reserveCapacity(tokenCount)
    guard let map, let grid else { return rows + (endsRows ? [rowEnd] : []) }
    for row in map.keptRows {
      let (tileRow, patchRow) = row.quotientAndRemainder(dividingBy: patchesPerSide)
      for column in map.keptColumns {
        let (tileColumn, patchColumn) = column.quotientAndRemainder(dividingBy: patchesPerSide)
        let view = 1 + tileRow * grid.columns + tileColumn
        rows.append(view * tokensPerView + patchRow * patchesPerSide + patchColumn)
      }
      if endsRows { rows.append(rowEnd) }
    }
    return rows
  }

  /// How many of the first tokens can be computed with the features of these views alone.
  public func leadingTokenCount(with views: Set<Int>) -> Int {
    sourceRows.prefix { $0 == rowEnd || views.contains($0 / tokensPerView) }.count
  }

  /// The row behind the features of all views.
  private var rowEnd: Int { views.count * tokensPerView }

  private var patchesPerSide: Int { viewSide / patchSide }

  private var endsRows: Bool {
    guard case .tiles(let tiling) = policy else { return false }
    return tiling.endsRows
  }

  private var mapTokenCount: Int { (map.map { $0.keptRows.count * $0.keptColumns.count } ?? 0) + rowEndCount }
}
