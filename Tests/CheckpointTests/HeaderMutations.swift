import Testing

@testable import Checkpoint

/// Damaged copies of a file: some bytes changed, left out, put in or moved.
struct HeaderMutations {
  private var random: SeededGenerator
  private let seed: UInt64
  private let count = 10_000

  init(seed: UInt64) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
  }

  /// `read` opens a copy and reads all of it: it may throw a `CheckpointError` and nothing else. Some copies must turn out
  /// wrong, or nothing was tried.
  consuming func forEach(of file: [UInt8], _ read: ([UInt8]) throws -> Int) throws {
    var refused = 0
    for _ in 0..<count {
      do {
        _ = try read(mutated(file))
      } catch is CheckpointError {
        refused += 1
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
    #expect(refused > count / 10, "of \(count) copies \(refused) were refused, seed \(seed)")
  }

  private mutating func mutated(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1:
        bytes.replaceSubrange(
          place..<end, with: [UInt8](repeating: Bool.random(using: &random) ? 0xff : 0, count: end - place))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
      default: bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
    }
    return bytes.isEmpty ? [0] : bytes
  }
}
