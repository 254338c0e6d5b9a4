import Checkpoint
import Concurrency
import Decoder
import Imaging
import LanguageModel
import Launch
import Numerics
import TilePlan
import VisionModel

/// Whether a model's files are whole, and whether it sees and speaks on this machine.
struct ModelChecks: Sendable {
  let checkpoint: Checkpoint
  let compute: Compute
  let thread: any ComputeThread
  let clock: any MonotonicClock
  let machineByteCount: Int

  var checks: [Check] {
    [
      Check(.model, "files", .passed(files)), check("vision tower", tower), check("language model", languageModel),
      Check(.model, "memory", memory),
    ]
  }

  /// The one line of a model that cannot be opened.
  static func failure(_ error: CheckpointError) -> Check {
    Check(.model, "files", .failed("\(error)", advice: advice(for: error)))
  }

  private func check(_ name: String, _ body: @escaping @Sendable () throws -> Outcome) -> Check {
    Check(.model, name, advice: "see what the other lines say") {
      do { return try await thread.run(body) } catch let error as CheckpointError {
        return .failed("\(error)", advice: Self.advice(for: error))
      }
    }
  }

  private static func advice(for error: CheckpointError) -> String {
    switch error.code {
    case .unreadable: "check the path, and that this user may read the file"
    case .unwritable: "check that this user may write there"
    case .malformed: "get the file again from where the model came from; it may have been cut short"
    case .missingTensor: "get the missing file, or name the tower's with --vision-tower"
    case .shapeMismatch: "get config.json and weights from the same place and revision"
    case .unsupportedFormat, .unsupportedType, .unsupportedModel:
      "take another copy of the model; the README lists what is read"
    }
  }

  private var files: String {
    let bytes = ByteCount(bytes: checkpoint.byteCount(of: Set(ModelPart.allCases)))
    let unused = checkpoint.unusedTensors.isEmpty ? "" : ", \(checkpoint.unusedTensors.count) unused"
    return "\(checkpoint.name), \(checkpoint.layout.rawValue), \(checkpoint.tensors.count) tensors\(unused), \(bytes)"
  }

  /// Builds it, looks at every number, and encodes the synthetic picture.
  private func tower() throws -> Outcome {
    let tower = try VisionTower(checkpoint, on: compute)
    try checkpoint.checkNumbers(of: [.tower], on: compute)
    let preprocessing = checkpoint.preprocessing
    let preprocessor = Preprocessor(
      policy: .pad, side: preprocessing.side, patch: checkpoint.configuration.vision.patchSide,
      mean: preprocessing.mean.map { Double($0) }, std: preprocessing.standardDeviation.map { Double($0) })
    let view = preprocessor.views(of: .synthetic(ImageSize(width: 640, height: 480)))[0]
    let pixels = preprocessor.normalized(view)
    let start = clock.now
    let features = tower.encode([pixels])[0]?.values ?? []
    let time = (clock.now - start).rounded
    guard features.allSatisfy(\.isFinite), !features.isEmpty else { return Self.notFinite("features of the picture") }
    return .passed(
      "\(checkpoint.configuration.usedVisionLayerCount) layers, all numbers finite, a picture in \(time)")
  }

  /// Builds it with the projector, looks at every number, and computes a feature's row and a token.
  private func languageModel() throws -> Outcome {
    let projector = try Projector(checkpoint, on: compute)
    let model = try LlamaModel(checkpoint, on: compute)
    try checkpoint.checkNumbers(of: ModelPart.decoder, on: compute)
    let configuration = checkpoint.configuration
    let cache = try KVCache(shape: model.cacheShape, blockCount: 1)
    let width = configuration.featureWidth
    let feature = Tensor((0..<width).map { Float($0 % 7) / 7 - 0.5 }, rows: 1, columns: width, on: compute)
    let token = Int32(min(max(configuration.beginningOfSequenceID, 0), model.vocabularySize - 1))
    func logits(_ input: SequenceChunk.Input, at position: Int) -> [Float] {
      model.forward([SequenceChunk([input], at: position, blocks: [0], logits: .last)], cache: cache)[0]
    }
    let first = logits(.rows(projector(feature)), at: 0)
    let start = clock.now
    let second = logits(.tokens([token]), at: 1)
    let time = (clock.now - start).rounded
    guard (first + second).allSatisfy(\.isFinite) else { return Self.notFinite("logits") }
    return .passed("\(configuration.language.layerCount) layers, all numbers finite, a token in \(time)")
  }

  private static func notFinite(_ what: String) -> Outcome {
    .failed(
      "\(what): expected finite numbers, found others",
      advice: "the weights are broken though each is finite: get the model again from where it came from")
  }

  /// What both workers take on this machine, with one whole context read.
  private var memory: Outcome {
    let language = checkpoint.configuration.language
    let block = KVCache.Shape(
      layerCount: language.layerCount, headCount: language.keyValueHeadCount, headWidth: language.headSize,
      element: Precision.standard.cacheElement
    ).blockByteCount
    let tower = checkpoint.byteCount(of: [.tower])
    let decoder = checkpoint.byteCount(of: ModelPart.decoder)
    let context = ByteCount(bytes: (language.contextLength / KVCache.blockTokenCount + 1) * block)
    let machine = ByteCount(bytes: machineByteCount)
    let left = DecoderOptions.kvByteCount(
      for: checkpoint, in: .standard, machineByteCount: machineByteCount - tower)
    let found =
      "tower \(ByteCount(bytes: tower)), decoder \(ByteCount(bytes: decoder)), a whole context \(context); the machine "
      + "has \(machine)"
    guard left < context.bytes else { return .passed(found) }
    return .warning(
      found, advice: "give llava-vision and llava-decoder a machine each, or take a quantised copy of the model")
  }
}
