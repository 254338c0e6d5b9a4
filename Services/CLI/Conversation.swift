import Contracts

/// What was said so far, and the pictures that it was about.
struct Conversation: Equatable {
  private(set) var turns: [Turn] = []
  private(set) var images: [[UInt8]] = []
  /// Pictures that the next question is about.
  private(set) var shownCount = 0

  /// Shows a picture with the next question.
  mutating func show(_ image: [UInt8]) {
    images.append(image)
    shownCount += 1
  }

  /// Adds a question; the pictures that were shown since the last one come with it.
  mutating func ask(_ text: String) {
    let shown = (images.count - shownCount..<images.count).map(Part.image)
    turns.append(Turn(.user, shown + [.text(text)]))
    shownCount = 0
  }

  mutating func answer(_ text: String) { turns.append(Turn(.assistant, [.text(text)])) }

  /// Takes the last question back. Its pictures wait for the next one, unless they were what was wrong.
  mutating func retract(keepingImages: Bool) {
    let count = turns.removeLast().parts.count - 1
    if keepingImages { shownCount += count } else { images.removeLast(count) }
  }
}
