import ArgumentParser
import Checkpoint
import Foundation
import LanguageModel
import Launch
import Numerics

/// Writes the logits of given tokens, so that a model in fewer bits can be compared with the same one in more.
struct Logits: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the logits after each of given tokens, as little-endian f32.",
    discussion: """
      IDS has one sequence of token ids a line, with spaces between; a sequence begins with none of the others' text.
      deploy/dev/quality makes it, and compares.
      """)

  @Option(help: "A model's directory or GGUF file.", completion: .file()) var model: String
  @Option(help: "In which numbers to compute: \(Precision.expectation).", transform: Precision.parsed)
  var weights: Precision
  @Option(help: "Threads that compute.") var threads = 2
  @Argument(help: "The file of ids.") var ids: String
  @Argument(help: "Where to write.") var output: String

  func run() async throws {
    let sequences = try String(contentsOfFile: ids, encoding: .utf8).split(separator: "\n").map { line in
      try line.split(separator: " ").map { text in
        guard let id = Int32(text) else { throw ValidationError("\(ids): expected token ids, found '\(text)'") }
        return id
      }
    }
    let compute = Compute(threads: threads)
    let llama = try LlamaModel(Checkpoint(ModelPaths(model)), precision: weights, on: compute)
    let longest = sequences.map(\.count).max() ?? 0
    let blocks = Array(0..<Int32((longest + KVCache.blockTokenCount - 1) / KVCache.blockTokenCount))
    guard !blocks.isEmpty, longest <= llama.contextLength else {
      throw ValidationError("\(ids): expected up to \(llama.contextLength) ids a line, found \(longest)")
    }
    let cache = try KVCache(shape: llama.cacheShape, blockCount: blocks.count)
    guard FileManager.default.createFile(atPath: output, contents: nil) else {
      throw ValidationError("\(output): expected a file that can be written")
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    for sequence in sequences {
      guard sequence.allSatisfy({ $0 >= 0 && $0 < llama.vocabularySize }) else {
        throw ValidationError("\(ids): expected ids below \(llama.vocabularySize)")
      }
      let logits = llama.forward(
        [SequenceChunk([.tokens(sequence)], at: 0, blocks: blocks, logits: .all)], cache: cache)[0]
      try file.write(contentsOf: logits.withUnsafeBytes { Data($0) })
    }
    try file.close()
  }
}
