import ArgumentParser
import Checkpoint
import Concurrency
public import Conversion
public import Launch
import Numerics
import Tokenizer

/// `llava model convert`: the same model in another layout.
struct ConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a model as a Hugging Face directory, or as llama.cpp's GGUF files.",
    discussion: """
      EXAMPLES
        llava model convert models/llava-v1.5-7b models/llava-7b-hf --to safetensors \\
          --vision-tower models/clip-vit-large-patch14-336
        llava model convert models/llava-1.5-7b-hf models/llava-7b-q4 --to gguf --quantize q4_0

      Numbers keep the type that they have, unless --type says otherwise, or --quantize for the matrices
      of the language model; its last one stays in 8 bits. OUT is made, or must be empty.
      """)

  @Argument(help: "A model's directory or GGUF file.", completion: .file())
  var input: String

  @Argument(help: "The directory to write.", completion: .directory)
  var output: String

  @Option(
    help: "safetensors (a Hugging Face directory) or gguf (a pair for llama.cpp).", transform: Conversion.Target.parsed)
  var to: Conversion.Target

  @Option(help: "What numbers become: f32, f16 or bf16 (default: what they are).", transform: FloatType.parsed)
  var type: FloatType?

  @Option(help: "gguf: q8_0, q5_1, q5_0, q4_1 or q4_0 for the language model.", transform: Quantization.parsed)
  var quantize: Quantization?

  @Option(help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  var visionTower: String?

  func run() async throws {
    let checkpoint = try Checkpoint(ModelLocation.paths(named: input, visionTower: visionTower))
    let conversion = try Conversion(
      checkpoint, try Tokenizer(checkpoint), to: to, as: .init(plain: type?.type, blocks: quantize?.type))
    let clock = SystemClock()
    // Bytes, in steps that a terminal can show.
    let total = conversion.byteCount
    var progress = ByteProgress(total: total, output: .standardError)
    progress.begin(at: clock.now)
    try conversion.write(to: output) { count in
      progress.advance(by: count, at: clock.now)
    }
    progress.end()
    for file in conversion.outputs {
      try Output.standardOutput.write("\(output)/\(file.name)  \(ByteCount(bytes: file.byteCount))\n")
    }
  }
}

extension Conversion.Target: SettingValue {}

/// A stored type by its name in small letters.
private func weightType(_ text: String, among types: [WeightType]) -> WeightType? {
  types.first { $0.rawValue.lowercased() == text.lowercased() }
}

private func names(_ types: [WeightType]) -> String {
  "one of " + types.map { $0.rawValue.lowercased() }.joined(separator: ", ")
}

/// Numbers that are stored one by one.
struct FloatType: SettingValue, Equatable {
  let type: WeightType
  private static let known = WeightType.allCases.filter(\.isPlain)

  static var expectation: String { names(known) }
  init?(setting text: String) {
    guard let type = weightType(text, among: Self.known) else { return nil }
    self.type = type
  }
  var settingText: String { type.rawValue.lowercased() }
}

/// Blocks that can be made.
struct Quantization: SettingValue, Equatable {
  let type: WeightType
  private static let known = WeightType.allCases.filter { !$0.isPlain && $0.canEncode }

  static var expectation: String { names(known) }
  init?(setting text: String) {
    guard let type = weightType(text, among: Self.known) else { return nil }
    self.type = type
  }
  var settingText: String { type.rawValue.lowercased() }
}
