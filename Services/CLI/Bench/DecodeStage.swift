import LanguageModel
import Numerics

/// Steps of one stream and of several, alone and behind a prefix that all of them share.
struct DecodeStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  private struct Case {
    let streams: Int
    let depth: Int

    var name: String { "decode \(streams) stream\(streams == 1 ? "" : "s")" + (depth > 0 ? " at \(depth)" : "") }
  }

  func measured() async throws -> [Figure] {
    let depth = bench.workload.depth
    let cases = [Case(streams: 1, depth: 0)] + bench.workload.streams.map { Case(streams: $0, depth: depth) }
    let steps = Workload.decodeStepCount
    var figures: [Figure] = []
    for one in cases {
      let tables = SharedPrefix(tokenCount: one.depth, streams: one.streams, steps: Workload.decodeStepCount)
      try await bench.thread.run { [model] in
        model.prefill(one.depth, blocks: tables.prefix)
        for copy in tables.copies { model.cache.copy(copy.source, to: copy.target) }
      }
      let samples = try await bench.samples(of: one.name) { [model] in
        for step in 0..<steps { model.decode(tables.streams, at: one.depth + step) }
      }
      let work = model.work.decoding(streams: one.streams, at: one.depth, steps: steps)
      figures.append(
        Figure(.decode, one.name, samples: samples.seconds.map { $0 / Double(steps) }).making(one.streams, "tokens")
          .needing([work / steps], on: samples.limits))
    }
    return figures + [try await forkAndJoin(step: figures[0])]
  }

  /// What starting and ending the loops of a step costs, each as if it were over at once.
  private func forkAndJoin(step: Figure) async throws -> Figure {
    let name = "forks and joins of a step"
    var samples: [Double] = []
    for index in 0..<bench.workload.repeats {
      bench.progress.show(name, index, of: bench.workload.repeats)
      samples.append(
        try await bench.thread.run { [model, clock = bench.clock] in
          let before = model.compute.loopCount
          model.decode([[0]], at: 0)
          return Double(model.compute.loopCount - before) * model.compute.forkAndJoinSeconds(clock: clock)
        })
    }
    return Figure(.decode, name, samples: samples).against(step.samples, step.name)
  }
}

/// The block tables of streams that share the blocks of their prefix, but for its last one where that is not full: each
/// writes there, and so has a copy.
struct SharedPrefix: Equatable {
  let prefix: [Int32]
  let streams: [[Int32]]
  let copies: [Copy]

  struct Copy: Equatable {
    let source: Int32
    let target: Int32
  }

  init(tokenCount: Int, streams streamCount: Int, steps: Int) {
    let size = KVCache.blockTokenCount
    let whole = tokenCount / size
    let prefixCount = (tokenCount + size - 1) / size
    let ownCount = (tokenCount + steps + size - 1) / size - whole
    let prefix = (0..<Int32(prefixCount)).map { $0 }
    let streams = (0..<streamCount).map { stream in
      prefix[..<whole] + (0..<ownCount).map { Int32(prefixCount + stream * ownCount + $0) }
    }
    self.prefix = prefix
    self.streams = streams.map(Array.init)
    copies = prefixCount > whole ? streams.map { Copy(source: Int32(whole), target: $0[whole]) } : []
  }
}

extension BenchModel {
  /// The next token of each stream.
  func decode(_ streams: [[Int32]], at position: Int) {
    _ = forward(
      streams.enumerated().map { index, blocks in
        SequenceChunk([.tokens([token(number: position + 31 * index)])], at: position, blocks: blocks, logits: .last)
      })
  }
}
