/// What a process's metrics say at one moment: the sum of each metric's series, and of those that have a label of a value.
package struct Scrape: Sendable {
  private var numbers: [String: Int] = [:]

  /// Of nobody.
  package init() {}

  /// Reads Prometheus' text.
  package init(_ exposition: String) {
    for line in exposition.split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]),
        let name = line[..<space].split(separator: "{").first, !name.hasSuffix("_bucket")
      else { continue }
      numbers[String(name), default: 0] += Int(value)
      for part in line[name.endIndex..<space].split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      where part.offset % 2 == 1 {
        numbers["\(name) \(part.element)", default: 0] += Int(value)
      }
    }
  }

  /// By the metric's name, or its name and a label's value.
  package subscript(name: String) -> Int { numbers[name] ?? 0 }

  /// Both together.
  package static func + (left: Scrape, right: Scrape) -> Scrape {
    var sum = left
    sum.numbers.merge(right.numbers, uniquingKeysWith: +)
    return sum
  }
}
