import Launch
import TilePlan

extension PlanReport {
  /// For people.
  var text: String { facts.text + "\n" + table.text }

  private var facts: Table {
    var table = Table(["PICTURE", "\(picture.width)x\(picture.height) \(picture.format), \(bytes(picture.bytes))"])
    table.add([
      "model", "\(model.name): \(model.viewSide) px in patches of \(model.patchSide), context \(model.contextLength)",
    ])
    table.add(["policy", seen])
    table.add(["tokens", counted])
    table.add([
      "context",
      context.fits
        ? "\(context.left) of \(model.contextLength) left for the words"
        : "does not fit: \(tokens.total) of \(model.contextLength)",
    ])
    table.add([
      "wire",
      "file \(bytes(wire.fileBytes)); views \(bytes(wire.viewBytes)) as pixels, \(bytes(wire.featureBytes)) as features",
    ])
    table.add([
      "compute",
      "multiply-adds: encode \(Self.rounded(cost.encodeMultiplyAdds)), project "
        + "\(Self.rounded(cost.projectMultiplyAdds)), prefill \(Self.rounded(cost.prefillMultiplyAdds))",
    ])
    return table
  }

  private var seen: String {
    guard case .tiles = plan.policy else { return "\(policy): one view" }
    let note = trained ? "" : "; NOT TRAINED: \(model.name) never saw a picture so"
    guard let grid else { return "\(policy): the whole alone, no grid is small enough\(note)" }
    return "\(policy): the whole, and \(grid.columns)x\(grid.rows) tiles of \(model.viewSide)x\(model.viewSide)\(note)"
  }

  private var counted: String {
    guard grid != nil || tokens.rowEnds > 0 else { return "\(tokens.total)" }
    let ends = tokens.rowEnds == 0 ? "" : " + \(tokens.rowEnds) row ends"
    return "\(tokens.total) = \(tokens.whole) of the whole + \(tokens.mapColumns)x\(tokens.mapRows) of the tiles\(ends)"
  }

  private var table: Table {
    var table = Table(["VIEW", "PART", "SEES", "RESIZED TO", "SHOWS"], alignedRight: [0])
    for view in views {
      let part = view.column.flatMap { column in view.row.map { "column \(column + 1), row \($0 + 1)" } }
      table.add([
        "\(view.index)", part ?? "whole", view.canvas.text, "\(view.scaled.width)x\(view.scaled.height)",
        view.window.text,
      ])
    }
    return table
  }

  private func bytes(_ count: Int) -> String { "\(ByteCount(bytes: count))" }

  /// Three digits and a unit of thousands.
  static func rounded(_ count: Int) -> String {
    var (value, units) = (Double(count), ["", " k", " M", " G", " T"][...])
    while value >= 999.5, units.count > 1 {
      value /= 1000
      units = units.dropFirst()
    }
    let tenths = Int((value * 10).rounded())
    return (value < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(value.rounded()))")
      + (units.first ?? "")
  }
}

extension PlanReport.Region {
  /// As X11 spells it: "640x640+0-80".
  fileprivate var text: String {
    "\(width)x\(height)" + [x, y].map { $0 < 0 ? "\($0)" : "+\($0)" }.joined()
  }
}
