import Contracts
import Crypto
import Numerics
import Scheduling
import Tokenizer

/// A prompt as rows of the model's input: one for each text token, many for each image.
struct PromptLayout: Sendable {
  enum Row: Equatable {
    case token(Int32)
    /// Row `row` of the image's projected features, counted over all its views; the one behind the last ends a row of tiles.
    case feature(image: Int, row: Int)
  }

  private(set) var rows: [Row] = []
  /// Where each image of the request stands.
  private(set) var images: [Range<Int>]
  /// The images themselves.
  let planned: [PlannedImage]
  /// Tokens of an answer that has begun elsewhere: the last rows.
  let spoken: [Int32]
  private let salt: [UInt8]

  /// Lays out `prompt`, in which an image takes as many rows as its plan has tokens. Prompts of different salts share
  /// nothing, whatever they say. What has been `spoken` of the answer follows.
  init(_ prompt: Prompt, images planned: [PlannedImage], salt: [UInt8] = [], spoken: [Int32] = []) {
    self.planned = planned
    self.salt = salt
    self.spoken = spoken
    images = planned.map { _ in 0..<0 }
    for element in prompt.elements {
      switch element {
      case .token(let id): rows.append(.token(id))
      case .image(let index):
        let source = planned[index].sourceRows
        images[index] = rows.count..<rows.count + source.count
        rows += source.map { .feature(image: index, row: $0) }
      }
    }
    rows += spoken.map { .token($0) }
  }

  /// Rows of the prompt itself.
  var promptRowCount: Int { rows.count - spoken.count }

  var imageTokenCount: Int { images.reduce(0) { $0 + $1.count } }

  /// Consecutive rows of one kind.
  enum Run {
    case tokens([Int32])
    /// Rows of one view's features.
    case features(image: Int, view: Int, rows: Range<Int>)
    /// What ends a row of tiles.
    case rowEnd
  }

  /// The rows at these positions, in runs.
  func runs(in positions: Range<Int>) -> [Run] {
    var runs: [Run] = []
    for row in rows[positions] {
      switch (row, runs.last) {
      case (.token(let id), .tokens(let ids)): runs[runs.count - 1] = .tokens(ids + [id])
      case (.token(let id), _): runs.append(.tokens([id]))
      case (.feature(let image, let number), let last):
        let (view, row) = number.quotientAndRemainder(dividingBy: planned[image].tokensPerView)
        if view == planned[image].viewCount {
          runs.append(.rowEnd)
        } else if case .features(image, view, let rows) = last, rows.upperBound == row {
          runs[runs.count - 1] = .features(image: image, view: view, rows: rows.lowerBound..<row + 1)
        } else {
          runs.append(.features(image: image, view: view, rows: row..<row + 1))
        }
      }
    }
    return runs
  }

  /// The token ids among the prompt's rows, for the penalties.
  var textTokens: [Int32] {
    rows.prefix(promptRowCount).compactMap { row in
      if case .token(let id) = row { id } else { nil }
    }
  }

  /// What the scheduler needs to know of it.
  func shape(maximumTokenCount: Int) -> PromptShape {
    PromptShape(
      tokenCount: rows.count, boundaries: boundaries(blockTokenCount: KVCache.blockTokenCount), images: images,
      maximumTokenCount: maximumTokenCount)
  }

  /// Every multiple of the block's size and every image's end, each with a key of all that stands before it.
  ///
  /// The key is a chain: SHA-256 of the last boundary's key and of what the rows since then are. An image's row is known
  /// by its image's key and never by its features' bits, which differ from one worker's processor to the next.
  func boundaries(blockTokenCount: Int) -> [PrefixBoundary] {
    let ends = Set(images.map(\.upperBound))
    var boundaries: [PrefixBoundary] = []
    var previous: [UInt8] = []
    var hash = SHA256()
    // The text rows of two tenants are equal; only here they part.
    if !salt.isEmpty { hash.update(data: [2] + salt) }
    for (index, row) in rows.enumerated() {
      hash.update(data: identity(of: row))
      let end = index + 1
      guard end % blockTokenCount == 0 || ends.contains(end) else { continue }
      previous = Array(hash.finalize())
      boundaries.append(PrefixBoundary(tokenCount: end, key: PrefixKey(digest: previous)))
      hash = SHA256()
      hash.update(data: previous)
    }
    return boundaries
  }

  private func identity(of row: Row) -> [UInt8] {
    switch row {
    case .token(let id): [0] + Self.bytes(UInt32(bitPattern: id))
    case .feature(let image, let row): [1] + planned[image].key + Self.bytes(UInt32(row))
    }
  }

  private static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
}

extension PrefixKey {
  /// The 32 bytes of a SHA-256 as four words.
  init(digest: [UInt8]) {
    func word(_ index: Int) -> UInt64 { digest[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(word(0), word(1), word(2), word(3))
  }
}
