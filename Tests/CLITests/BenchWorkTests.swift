import Checkpoint
import Foundation
import Numerics
import Testing

@testable import CLI

/// What a model has to do, against numbers that were counted elsewhere.
struct BenchWorkTests {
  /// Both round to three digits.
  private static let tolerance = 0.003

  private func isNear(_ found: Double, _ expected: Double) -> Bool { abs(found / expected - 1) < Self.tolerance }

  private func work(_ name: String, stored: WeightType, weights: String) throws -> ModelWork {
    let geometry = try Geometry.parsed(name)
    return try withFolder { folder in
      try Data(geometry.configuration.utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
      try SafetensorsFileWriter.write([], to: "\(folder)/model.safetensors") { _ in }
      let configuration = try Checkpoint(ModelPaths(folder)).configuration
      let matrices = configuration.tensorShapes.map { name, shape in
        ModelWork.Matrix(
          name: name, shape: shape, type: shape.count > 1 ? stored : .f32,
          byteCount: (shape.count > 1 ? stored : .f32).byteCount(of: shape.reduce(1, *)))
      }
      return ModelWork(
        configuration, matrices, served: try Precision.parsed(weights),
        tower: try Precision.parsed(weights), kvByteCountPerToken: 524_288)
    }
  }

  private func all(_ work: Work) -> Double { Arithmetic.allCases.reduce(0) { $0 + work.multiplyAdds[$1] } }

  @Test func a7BModelDoesWhatWasCounted() throws {
    let work = try work("7b", stored: .f16, weights: "fp32")
    // 366 GFLOP of the tower and 24.2 of the projector.
    #expect(isNear(2 * all(work.encoding(views: 1)), 390.2e9))
    #expect(isNear(2 * all(work.encoding(views: 3)), 3 * 390.2e9))
    #expect(isNear(2 * all(work.prefill(640)), 8.40e12))
    #expect(isNear(2 * all(work.decoding(streams: 1, at: 699, steps: 1)), 13.58e9))
    #expect(isNear(work.decoding(streams: 1, at: 0, steps: 1).bytes, 13.21e9 + 524_288))
    #expect(work.prefill(640).multiplyAdds.fp32 == all(work.prefill(640)))
  }

  @Test func a13BModelDoesWhatWasCounted() throws {
    let work = try work("13b", stored: .f16, weights: "fp32")
    #expect(isNear(2 * all(work.prefill(640)), 16.41e12))
    #expect(isNear(2 * all(work.decoding(streams: 1, at: 699, steps: 1)), 26.28e9))
  }

  /// Four prompts' worth of rows are as much work as the whole: nothing is lost or done twice between chunks.
  @Test func aPromptInPiecesLooksAtAsManyPositions() throws {
    let work = try work("1.1b", stored: .f16, weights: "fp32")
    func looks(_ rows: Int, behind: Int) -> Double {
      all(work.prefill(rows, behind: behind)) - all(work.head.work(rows: 1))
    }
    let pieces = looks(100, behind: 0) + looks(28, behind: 100) + looks(512, behind: 128)
    #expect(abs(pieces / looks(640, behind: 0) - 1) < 1e-12)
  }

  @Test func blocksOfFourBitsAreMultipliedAsWholeNumbersAndReadAsTheyArePacked() throws {
    let work = try work("7b", stored: .q40, weights: "q4_0")
    // All matrices but the table that is only looked up, at 4.5 bits.
    #expect(isNear(work.decoding(streams: 1, at: 0, steps: 1).bytes, 3.72e9))
    let step = work.decoding(streams: 4, at: 640, steps: 2)
    #expect(isNear(2 * step.multiplyAdds.int8, 8 * 13.21e9) && step.multiplyAdds.bf16 == 0)
    // Weights and the prefix once for all four, their own keys and values for each.
    let positions = 2 * 640 + 12.0
    #expect(isNear(step.bytes, 2 * 3.72e9 + positions * 524_288))
    let view = work.encoding(views: 1).multiplyAdds
    #expect(view.fp32 == 0 && view.bf16 > 0 && isNear(2 * (view.int8 + view.bf16), 390.2e9))
  }

  @Test func sixteenBitsHalveWhatIsReadAndTheHeadKeepsEight() throws {
    let bf16 = try work("7b", stored: .f32, weights: "bf16")
    #expect(isNear(bf16.decoding(streams: 1, at: 0, steps: 1).bytes, 13.21e9))
    let q40 = try work("7b", stored: .f16, weights: "q4_0")
    #expect(isNear(Double(q40.head.byteCount), 32064 * 4096 * 1.0625))
    #expect(isNear(Double(q40.language.byteCount), 6.476e9 * 0.5625))
  }

  /// Weights and what is only looked up, each once.
  @Test func servedBytesAreEveryTensorOnce() throws {
    let work = try work("7b", stored: .f16, weights: "fp32")
    // 290.9 M parameters of the tower, 21 M of the projector and 6,739 M of the language model; biases are f32.
    #expect(isNear(Double(work.weightByteCount), 2 * (290.9e6 + 20.98e6 + 6738.9e6)))
  }

  @Test func streamsShareWholeBlocksAndCopyTheLast() {
    let tables = SharedPrefix(tokenCount: 40, streams: 2, steps: 16)
    #expect(tables.prefix == [0, 1, 2])
    #expect(tables.streams == [[0, 1, 3, 4], [0, 1, 5, 6]])
    #expect(tables.copies == [.init(source: 2, target: 3), .init(source: 2, target: 5)])
    let whole = SharedPrefix(tokenCount: 32, streams: 2, steps: 16)
    #expect(whole.streams == [[0, 1, 2], [0, 1, 3]] && whole.copies.isEmpty)
    let alone = SharedPrefix(tokenCount: 0, streams: 1, steps: 16)
    #expect(alone.prefix.isEmpty && alone.streams == [[0]])
  }

  /// Whatever the depth, the blocks that are set aside are enough, and no two streams write to the same one.
  @Test func blocksSufficeForEveryDepth() {
    for depth in 1...64 {
      var workload = Workload()
      workload.depth = depth
      let tables = SharedPrefix(tokenCount: depth, streams: 16, steps: Workload.decodeStepCount)
      let own = tables.streams.flatMap { $0.dropFirst(depth / 16) }
      #expect(Set(own).count == own.count && Set(own).isDisjoint(with: tables.prefix))
      #expect(tables.streams.allSatisfy { $0.count * 16 >= depth + Workload.decodeStepCount })
      #expect(Int(own.max() ?? 0) < workload.blockCount(featureCount: 576))
    }
  }
}

/// A folder of its own for `body`.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }  // what stays behind is in the system's temporary folder
  return try body(folder.path)
}
