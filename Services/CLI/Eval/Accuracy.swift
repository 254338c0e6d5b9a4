/// How many answers are the truth, word for word, by category.
struct Accuracy: Equatable {
  struct Score: Equatable {
    var right = 0
    var of = 0
  }

  private(set) var categories: [String: Score] = [:]
  private(set) var all = Score()
  /// Questions whose truth is unknown, or that have no answer.
  private(set) var uncountedCount = 0

  init(of questions: [EvalQuestion], _ answers: [EvalAnswer]) {
    let texts = Dictionary(answers.map { ($0.id, $0.text) }, uniquingKeysWith: { $1 })
    for question in questions {
      guard let truth = question.answer, let text = texts[question.id] else {
        uncountedCount += 1
        continue
      }
      let isRight = text == truth
      all.of += 1
      all.right += isRight ? 1 : 0
      guard let category = question.category else { continue }
      categories[category, default: Score()].of += 1
      categories[category, default: Score()].right += isRight ? 1 : 0
    }
  }

  var table: String {
    guard all.of > 0 else { return "no question has both an answer and a known truth; nothing to count\n" }
    var table = Table(["CATEGORY", "RIGHT", "OF", "%"], alignedRight: [1, 2, 3])
    for (category, score) in categories.sorted(by: { $0.key < $1.key }) { table.add(Self.row(category, score)) }
    table.add(Self.row("all questions", all))
    return table.text + (uncountedCount > 0 ? "\(uncountedCount) questions have no known truth or no answer\n" : "")
  }

  private static func row(_ name: String, _ score: Score) -> [String] {
    let tenths = (score.right * 2000 + score.of) / (score.of * 2)
    return [name, "\(score.right)", "\(score.of)", "\(tenths / 10).\(tenths % 10)"]
  }
}
