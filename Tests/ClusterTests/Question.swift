import Clusters
import Concurrency

/// Something to ask about a picture.
struct Question: Hashable, Sendable {
  let picture: String
  let text: String
  var tokenLimit = 160

  /// Answered in some dozens of tokens.
  static let describing = ["0000.jpg", "0002.jpg", "0004.jpg", "0006.jpg"].map {
    Question(picture: $0, text: Sample.describe)
  }

  /// Takes a decoder several steps to read: over 3,000 tokens, of which a step takes 512 at most.
  static let long = Question(
    picture: "0008.jpg",
    text: Array(repeating: "The blue circle is left of the red star.", count: 200).joined(separator: " ") + " "
      + Sample.describe, tokenLimit: 16)

  static let all = describing + [long]

  /// The picture's file, with a comment that makes it another file of the same pixels: nobody has seen it.
  func file(_ number: Int) throws -> [UInt8] {
    try Evaluation.image(named: picture).commented(UInt64(number))
  }
}

/// Numbers that are given once.
final class Numbers: Sendable {
  private let last: Lock<Int>

  init(after first: Int) { last = Lock(first) }

  func next() -> Int {
    last.withLock { last in
      last += 1
      return last
    }
  }
}
