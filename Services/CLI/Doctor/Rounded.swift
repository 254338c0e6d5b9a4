import Foundation

extension Double {
  /// So many significant digits, for people.
  func significant(_ digits: Int) -> String { String(format: "%.\(digits)g", self) }
}

extension Duration {
  /// In the unit that fits: "83 ms", "2.4 s".
  var rounded: String {
    let milliseconds = Double(nanoseconds / 1000) / 1000
    return milliseconds < 1000 ? milliseconds.significant(3) + " ms" : (milliseconds / 1000).significant(3) + " s"
  }
}
