import Checkpoint
import Conversion
import Foundation
import Launch
import Numerics
import Tokenizer

/// A model of random weights on disk, as llama.cpp has models: so that what is measured is what a real file would cost,
/// from opening it on, and that others can be measured on the very same file.
struct GeometryFiles {
  /// What numbers are stored as: blocks are the language model's, and the tower has bf16 beside them.
  struct Stored: SettingValue, Equatable, Sendable {
    let type: WeightType
    private static let known: [WeightType] = [.f16, .bf16, .q80, .q40]

    static let q40 = Stored(type: .q40)

    private init(type: WeightType) { self.type = type }

    static var expectation: String { "one of \(known.map { $0.rawValue.lowercased() }.joined(separator: ", "))" }
    init?(setting text: String) {
      guard let type = Self.known.first(where: { $0.rawValue.lowercased() == text }) else { return nil }
      self.type = type
    }
    var settingText: String { type.rawValue.lowercased() }
  }

  /// Every run has the same weights.
  private static let seed: UInt64 = 1
  /// What stays free on the disk.
  private static let reserve = 1 << 30
  private static let pieceByteCount = 1 << 20

  let geometry: Geometry
  let stored: Stored
  /// Where a vocabulary and the files about pictures are taken from.
  let vocabulary: String

  /// The files in `directory`, which are written where they are not there. `advance` hears of bytes and of their sum.
  func written(in directory: String, advance: (_ byteCount: Int, _ total: Int) -> Void) throws -> ModelPaths {
    let draft = try draft(in: directory)
    let paths = draft.files.map { "\(directory)/\($0.name)" }
    let missing = draft.files.indices.filter { !FileManager.default.fileExists(atPath: paths[$0]) }
    let total = missing.reduce(0) { $0 + draft.files[$1].byteCount }
    try check(directory, total)
    for index in missing { try write(draft.files[index], to: paths[index]) { advance($0, total) } }
    return ModelPaths(paths[0], visionTower: paths[1])
  }

  private func check(_ directory: String, _ byteCount: Int) throws(LaunchError) {
    guard let free = Directory(directory).free?.bytes, byteCount > 0, free - Self.reserve < byteCount else { return }
    throw LaunchError(
      .file,
      "\(directory): expected \(ByteCount(bytes: byteCount + Self.reserve)) of free space for \(geometry.name) in "
        + "\(stored.settingText), found \(ByteCount(bytes: free)): name another place with --keep DIR, or a smaller --stored"
    )
  }

  /// A Hugging Face directory with everything but weights, which says what files of weights are to be like.
  private func draft(in directory: String) throws -> GGUFDraft {
    let folder = "\(directory)/.\(geometry.name)-\(stored.settingText)"
    try? FileManager.default.removeItem(atPath: folder)  // what an interrupted run left; else making it says why
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // small, and hidden where it stays
    for name in try FileManager.default.contentsOfDirectory(atPath: vocabulary)
    where name.hasPrefix("token") || name.hasPrefix("added_tokens") || name.hasPrefix("preprocessor") {
      try FileManager.default.copyItem(atPath: "\(vocabulary)/\(name)", toPath: "\(folder)/\(name)")
    }
    try Data(geometry.configuration.utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
    try SafetensorsFileWriter.write([], to: "\(folder)/model.safetensors") { _ in }
    let checkpoint = try Checkpoint(ModelPaths(folder))
    return try GGUFDraft(
      checkpoint, Tokenizer(checkpoint), named: "\(geometry.name)-\(stored.settingText)",
      plain: stored.type.isPlain ? stored.type : .bf16, blocks: stored.type.isPlain ? nil : stored.type)
  }

  private func write(_ file: GGUFDraft.File, to path: String, advance: (Int) -> Void) throws {
    var writer = try GGUFWriter(path: path, metadata: file.metadata, tensors: file.tensors.map(\.tensor))
    var random = RandomWeights(seed: Self.seed)
    for (name, tensor) in file.tensors {
      var left = tensor.type.byteCount(of: tensor.shape.reduce(1, *))
      // A norm's weights are around 1; random ones would be around 0, and so would all that comes after.
      let ones = tensor.shape.count == 1 && name.hasSuffix("weight")
      while left > 0 {
        try Task.checkCancellation()
        let piece =
          ones
          ? tensor.type.encoded([Float](repeating: 1, count: tensor.shape[0]))
          : random.piece(of: tensor.type, byteCount: min(left, Self.pieceByteCount))
        try writer.write(piece)
        left -= piece.count
        advance(piece.count)
      }
    }
    try writer.finish()
  }
}
