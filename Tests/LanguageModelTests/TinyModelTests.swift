import Checkpoint
import LanguageModel
import ModelFixtures
import Numerics
import Testing

/// The random-weight model with grouped-query attention against the reference, and against itself cut otherwise.
@Suite struct TinyModelTests {
  private static let imageID: Int32 = 300
  private let golden: TinyGolden
  private let model: LlamaModel
  private let projected: Tensor
  /// The prompt's 583 positions and the forced tokens.
  private let inputs: [SequenceChunk.Input]

  init() throws {
    golden = try TinyGolden()
    let checkpoint = try Fixture.tiny()
    let compute = Compute(threads: 2)
    model = try LlamaModel(checkpoint, on: compute)
    let features = Tensor(golden.features, rows: 576, columns: 64, on: compute)
    projected = try Projector(checkpoint, on: compute)(features)
    inputs = rows(of: golden.inputIDs + golden.forcedIDs, image: Self.imageID, features: projected)
  }

  private func logits(inChunksOf count: Int) throws -> [Float] {
    var sequence = try Sequence(model, length: inputs.count)
    return stride(from: 0, to: inputs.count, by: count).flatMap { start in
      sequence.step(Array(inputs[start..<min(start + count, inputs.count)]), logits: .all)
    }
  }

  @Test func projectedRowsEqualTheReference() {
    #expect(largestDifference(projected.values, golden.projected) < TinyGolden.tolerance)
  }

  @Test func logitsOfAllPositionsEqualTheReference() throws {
    #expect(largestDifference(try logits(inChunksOf: inputs.count), golden.logits) < TinyGolden.tolerance)
  }

  @Test(arguments: [1, 7, 16, 64]) func chunksOfAnySizeGiveTheSameBits(size: Int) throws {
    #expect(try logits(inChunksOf: size) == logits(inChunksOf: inputs.count))
  }

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable), [1, 3])
  func everyInstructionSetIsRowInvariantAndRight(_ set: InstructionSet, threads: Int) throws {
    let compute = Compute(threads: threads, instructionSet: set)
    let other = try LlamaModel(Fixture.tiny(), on: compute)
    let ids = golden.inputIDs.filter { $0 != Self.imageID } + golden.forcedIDs
    var whole = try Sequence(other, length: ids.count)
    let atOnce = whole.step([.tokens(ids)], logits: .all)
    var cut = try Sequence(other, length: ids.count)
    #expect(ids.flatMap { cut.step([.tokens([$0])], logits: .all) } == atOnce)
    var usual = try Sequence(model, length: ids.count)
    #expect(largestDifference(usual.step([.tokens(ids)], logits: .all), atOnce) < TinyGolden.tolerance)
  }

  @Test func guardedGreedyTokensEqualTheReference() throws {
    var sequence = try Sequence(model, length: inputs.count)
    let first = sequence.step(Array(inputs.dropLast(golden.forcedIDs.count)))
    let count = golden.guardedGreedyIDs.count
    let tokens = sequence.greedy(after: first, below: 300, end: nil, count: count, guarded: 8)
    #expect(tokens == golden.guardedGreedyIDs)
  }

  @Test func neighboursInThePassDoNotChangeTheBits() throws {
    let cache = try KVCache(shape: model.cacheShape, blockCount: 12)
    let prompts: [[Int32]] = [[1, 17, 42, 13], Array(golden.forcedIDs), [7], (0..<40).map { $0 * 3 }]
    let tables: [[Int32]] = [[11], [3, 0], [5], [9, 2, 7]]
    let together = model.forward(
      zip(prompts, tables).map { SequenceChunk([.tokens($0)], at: 0, blocks: $1, logits: .all) }, cache: cache)
    for (prompt, logits) in zip(prompts, together) {
      var alone = try Sequence(model, length: prompt.count)
      #expect(alone.step([.tokens(prompt)], logits: .all) == logits, "prompt \(prompt)")
    }
  }

  @Test func aCopiedBlockServesASecondSequenceAndTheFirstStaysAsItIs() throws {
    let cache = try KVCache(shape: model.cacheShape, blockCount: 4)
    let prompt: [Int32] = (0..<20).map { $0 * 7 }
    func next(_ id: Int32, _ blocks: [Int32]) -> [Float] {
      model.forward([SequenceChunk([.tokens([id])], at: 20, blocks: blocks, logits: .last)], cache: cache)[0]
    }
    _ = model.forward([SequenceChunk([.tokens(prompt)], at: 0, blocks: [2, 0], logits: .none)], cache: cache)
    cache.copy(0, to: 3)
    let other = next(99, [2, 3])
    let one = next(5, [2, 0])
    #expect(next(99, [2, 3]) == other)
    for (id, logits) in [(5, one), (99, other)] {
      var alone = try Sequence(model, length: 21)
      _ = alone.step([.tokens(prompt)])
      #expect(alone.step([.tokens([Int32(id)])]) == logits, "token \(id)")
    }
  }

  @Test func logitsComeOnlyForRowsThatAskForThem() throws {
    let cache = try KVCache(shape: model.cacheShape, blockCount: 3)
    let ids: [Int32] = [1, 17, 42]
    let logits = model.forward(
      [
        SequenceChunk([.tokens(ids)], at: 0, blocks: [0], logits: .none),
        SequenceChunk([.tokens(ids)], at: 0, blocks: [1], logits: .last),
        SequenceChunk([.tokens(ids)], at: 0, blocks: [2], logits: .all),
      ], cache: cache)
    #expect(logits.map(\.count) == [0, model.vocabularySize, 3 * model.vocabularySize])
    #expect(logits[1] == Array(logits[2].suffix(model.vocabularySize)))
  }
}
