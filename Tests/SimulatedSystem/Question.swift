import Concurrency
import Contracts
import TestSupport

/// One question of a simulated client: what is asked when, and when it is given up.
struct Question: Sendable {
  let number: Int
  /// Which client asks.
  let client: Int
  let at: Duration
  /// Indexes of the kit's pictures.
  let pictures: [Int]
  /// Whether they are looked at in parts.
  let isSplit: Bool
  /// Index of the kit's texts.
  let text: Int
  let tokenLimit: Int
  /// From when it is asked.
  let deadline: Duration?
  let cancelAfter: Duration?

  func request(_ kit: ModelKit) -> AskRequest {
    AskRequest(
      turns: [Turn(.user, pictures.indices.map { .image($0) } + [.text(ModelKit.texts[text])])],
      imageByteCounts: pictures.map { kit.pictures[$0].file.count }, policy: isSplit ? nil : .pad,
      tokenLimit: tokenLimit)
  }
}

/// What questions of a scenario are like.
struct Demand: Sendable {
  var questionCount = 100
  var clientCount = 2
  /// In which they are asked.
  var span = Duration.seconds(4)
  /// Pictures that are asked about at all: few are soon known.
  var pictureCount = 12
  /// One in so many; nothing for none.
  var deadlineOneIn: Int?
  var cancelOneIn: Int?

  func questions(_ generator: inout SeededGenerator) -> [Question] {
    (0..<questionCount).map { number in
      let several = generator.oneIn(8)
      let pictures = (0..<(several ? Int.random(in: 2...ModelKit.picturesPerQuestion, using: &generator) : 1))
        .map { _ in Int.random(in: 0..<pictureCount, using: &generator) }
      return Question(
        number: number, client: Int.random(in: 0..<clientCount, using: &generator),
        at: .microseconds(Int64.random(in: 0...span.nanoseconds / 1000, using: &generator)),
        pictures: generator.oneIn(20) ? [] : pictures, isSplit: !several && generator.oneIn(5),
        text: Int.random(in: 0..<ModelKit.texts.count, using: &generator),
        tokenLimit: generator.oneIn(10) ? 24 : Int.random(in: 1...5, using: &generator),
        deadline: Self.duration(10...3000, oneIn: deadlineOneIn, &generator),
        cancelAfter: Self.duration(1...400, oneIn: cancelOneIn, &generator))
    }
  }

  private static func duration(
    _ milliseconds: ClosedRange<Int64>, oneIn count: Int?, _ generator: inout SeededGenerator
  ) -> Duration? {
    guard let count, generator.oneIn(count) else { return nil }
    return .milliseconds(Int64.random(in: milliseconds, using: &generator))
  }
}
