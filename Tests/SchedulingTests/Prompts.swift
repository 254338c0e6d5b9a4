import Scheduling

/// A prompt by its tokens, as the decoder knows it; the scheduler sees its shape only.
struct Prompt {
  var tokens: [Int] = []
  var images: [Range<Int>] = []

  func text(_ token: Int, count: Int) -> Prompt {
    Prompt(tokens: tokens + Array(repeating: token, count: count), images: images)
  }

  func image(_ token: Int, count: Int) -> Prompt {
    Prompt(
      tokens: tokens + Array(repeating: token, count: count), images: images + [tokens.count..<tokens.count + count])
  }

  /// What the row of each position depends on: all tokens up to it.
  var rows: [UInt64] { chain(tokens, from: 0) }

  func shape(maximumTokenCount: Int = 4, blockTokenCount: Int = 4) -> PromptShape {
    let wholes = stride(from: blockTokenCount, through: tokens.count, by: blockTokenCount)
    let ends = Set(wholes).union(images.map(\.upperBound)).sorted()
    let rows = rows
    return PromptShape(
      tokenCount: tokens.count,
      boundaries: ends.map { PrefixBoundary(tokenCount: $0, key: PrefixKey(rows[$0 - 1], UInt64($0), 0, 0)) },
      images: images, maximumTokenCount: maximumTokenCount)
  }
}

func chain(_ tokens: [Int], from start: UInt64) -> [UInt64] {
  var hash = start
  return tokens.map { token in
    hash = (hash ^ UInt64(truncatingIfNeeded: token &+ 1)) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 29
    return hash
  }
}

func text(_ token: Int, _ count: Int) -> Prompt { Prompt().text(token, count: count) }

extension Scheduler {
  /// A scheduler with blocks of 4 tokens.
  init(waiting: Int = 8, running: Int = 4, step: Int = 16, time: Duration = .milliseconds(250), blocks: Int = 16) {
    self.init(
      limits: Limits(
        waitingCount: waiting, runningCount: running, stepTokenCount: step, stepTime: time, blockCount: blocks,
        blockTokenCount: 4))
  }

  /// Takes a step and completes it on a machine that takes no time.
  @discardableResult
  mutating func step() -> Step {
    let step = next()
    completed(step, in: .zero)
    return step
  }
}

/// A step in short: `prefill 1 0..<12` and the like, copies first.
func summary(_ step: Step) -> [String] {
  step.copies.map { "copy \($0.tokenCount)" }
    + step.decodes.map { "decode \($0.id.rawValue) \($0.positions.lowerBound)" }
    + step.prefills.map { "prefill \($0.id.rawValue) \($0.positions)" + ($0.needsLogits ? " last" : "") }
    + step.missing.map { "missing \($0.id.rawValue) \($0.images)" }
}
