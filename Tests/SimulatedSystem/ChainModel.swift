import Contracts
import Decoder
import LanguageModel
import Numerics

/// A model that is cheap and forgets nothing: it keeps the states of a `Chain` in the blocks of the cache, where
/// a real one keeps keys and values, and reads all of them for every token.
final class ChainModel: GenerativeModel {
  let vocabularySize: Int
  let contextLength: Int
  let rowEnd: Tensor?
  let cache: KVCache
  private let voice: Voice
  private let processor: SimulatedProcessor
  private let compute: Compute

  /// A state is 64 bits; a block holds 16 of them.
  private static let shape = KVCache.Shape(layerCount: 1, headCount: 1, headWidth: 1)
  private static let stateByteCount = 8

  /// What a step takes, and each of its rows.
  private static let stepTime = Duration.milliseconds(4)
  private static let rowTime = Duration.microseconds(150)

  init(_ voice: Voice, blockCount: Int, on compute: Compute, _ processor: SimulatedProcessor) throws {
    self.voice = voice
    self.compute = compute
    self.processor = processor
    (vocabularySize, contextLength) = (voice.vocabularySize, voice.contextLength)
    rowEnd = Self.rowEnd(on: compute)
    cache = try KVCache(shape: Self.shape, blockCount: blockCount)
  }

  static func rowEnd(on compute: Compute) -> Tensor { Self.tensor([Voice.rowEndCode], on: compute) }

  func project(_ view: ViewFeatures) -> Tensor { Self.tensor(Voice.codes(of: view), on: compute) }

  /// Codes as rows of two floats, 24 bits each.
  private static func tensor(_ codes: [UInt64], on compute: Compute) -> Tensor {
    Tensor(
      codes.flatMap { [Float($0 >> 24), Float($0 & 0xff_ffff)] }, rows: codes.count, columns: 2, on: compute)
  }

  func forward(_ chunks: [SequenceChunk]) -> [[Float]] {
    processor.spend(Self.stepTime + Self.rowTime * chunks.reduce(0) { $0 + $1.rowCount })
    return chunks.map(logits)
  }

  private func logits(of chunk: SequenceChunk) -> [Float] {
    let codes = chunk.inputs.flatMap { input in
      switch input {
      case .tokens(let ids): ids.map(Chain.code(ofToken:))
      case .rows(let rows): Self.codes(of: rows)
      }
    }
    let wanted =
      switch chunk.logits {
      case .none: codes.count
      case .last: codes.count - 1
      case .all: 0
      }
    var states = Self.states(in: chunk.blocks, cache).prefix(chunk.firstPosition)
    var logits: [Float] = []
    for (row, code) in codes.enumerated() {
      let state = Chain.state(after: states.last ?? Chain.beginning, code)
      write(state, at: states.count, in: chunk.blocks)
      states.append(state)
      if row >= wanted { logits += voice.logits(after: Chain.digest(states)) }
    }
    return logits
  }

  private static func codes(of rows: Tensor) -> [UInt64] {
    let values = rows.values
    return stride(from: 0, to: values.count, by: 2).map { UInt64(values[$0]) << 24 | UInt64(values[$0 + 1]) }
  }

  private static func states(in blocks: [Int32], _ cache: KVCache) -> [UInt64] {
    blocks.flatMap { block in
      let bytes = cache.bytes(of: block)
      return stride(from: 0, to: bytes.count, by: stateByteCount).map { start in
        (0..<stateByteCount).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
      }
    }
  }

  private func write(_ state: UInt64, at position: Int, in blocks: [Int32]) {
    let (block, slot) = position.quotientAndRemainder(dividingBy: KVCache.blockTokenCount)
    cache.fill(blocks[block]) { bytes in
      bytes.storeBytes(of: state.littleEndian, toByteOffset: slot * Self.stateByteCount, as: UInt64.self)
    }
  }
}
