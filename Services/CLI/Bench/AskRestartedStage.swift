import Concurrency
import Decoder
import Foundation
import Launch
import Numerics
import RPC

/// A question about a picture that the decoder knew before it was started again, until its second token: its rows come from
/// files that the system has not in memory. Held against the same question with nothing before it, one step, and a plain
/// reading of those files.
struct AskRestartedStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  private static let name = "ask again after a restart, \(Workload.questionTokenCount) tokens on a known image"

  func measured() async throws -> [Figure] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-bench-rows-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // what cannot be removed is the system's to clear
    return [try await measured(in: folder)]
  }

  private func measured(in folder: String) async throws -> Figure {
    let rows = try PrefixDirectory(
      at: folder, byteCount: 2 * model.kvByteCount, of: model.checkpoint, in: bench.weights, build: [])
    let tokenCount = try await kept(in: rows)
    let files = try ColdFiles(below: folder)
    var (samples, references) = ([Double](), [Double]())
    for index in 0..<bench.workload.repeats {
      bench.progress.show(Self.name, index, of: bench.workload.repeats)
      let reading = try await bench.questionAlone(of: model, tokenCount: tokenCount) + bench.seconds(reading: files)
      references.append(reading)
      try files.leaveMemory()
      samples.append(try await asked(1 + index, after: rows))
    }
    return Figure(.askRestarted, Self.name, samples: samples).making(1, "questions")
      .against(references, "the question alone, one step, and reading \(ByteCount(bytes: files.byteCount))")
  }

  /// Asks for the first time, until all rows of the picture are in files; returns the tokens behind the picture.
  private func kept(in rows: PrefixDirectory) async throws -> Int {
    try await BenchEngine.with(bench, model, keeping: rows) { engine in
      let inquiry = try engine.inquiry(
        number: 0, tokenCount: Workload.questionTokenCount, image: 0, tokenLimit: 1)
      let usage = try await engine.ask(inquiry).usage
      // What is before the question is the image and the token that begins the prompt.
      let known = usage.imageTokens + 1
      try await engine.hasKept(blockCount: (known + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount)
      return usage.promptTokens - known
    }
  }

  /// Seconds of the question `number` at a decoder that knows nothing but what is in files.
  private func asked(_ number: Int, after rows: PrefixDirectory) async throws -> Double {
    try await BenchEngine.with(bench, model, keeping: rows) { engine in
      let answer = try await engine.ask(
        engine.inquiry(number: number, tokenCount: Workload.questionTokenCount, image: 0, tokenLimit: 2))
      guard answer.usage.cachedTokens >= answer.usage.imageTokens else {
        throw ServiceError(
          .internalFailure,
          "asking after a restart: expected the image's \(answer.usage.imageTokens) tokens to come from files, found "
            + "\(answer.usage.cachedTokens)")
      }
      return answer.seconds(untilToken: 1)
    }
  }
}

extension Bench {
  /// Seconds of a prompt of so many tokens with nothing before it, and one step.
  func questionAlone(of model: BenchModel, tokenCount: Int) async throws -> Double {
    let blocks = BenchEngine.scratchBlocks(of: model)
    return try await seconds {
      model.prefill(tokenCount, blocks: blocks)
      model.decode([blocks], at: tokenCount)
    }
  }

  /// Seconds of reading files that are not in memory.
  fileprivate func seconds(reading files: ColdFiles) async throws -> Double {
    try files.leaveMemory()
    return try await seconds { try files.read() }
  }
}
