/// Columns of text, each as wide as its widest cell.
struct Table {
  private var rows: [[String]]
  private let alignedRight: Set<Int>

  init(_ titles: [String], alignedRight: Set<Int> = []) {
    rows = [titles]
    self.alignedRight = alignedRight
  }

  mutating func add(_ row: [String]) {
    precondition(row.count == rows[0].count, "a row of \(row.count) cells in a table of \(rows[0].count)")
    rows.append(row)
  }

  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return alignedRight.contains(column) ? padding + row[column] : row[column] + padding
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
