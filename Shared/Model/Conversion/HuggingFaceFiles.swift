import Checkpoint
import Foundation
import Numerics
import Tokenizer

/// The small files of a Hugging Face directory. A property is a field's name in camel case.
struct HuggingFaceFiles {
  let files: [(name: String, bytes: [UInt8])]

  init(_ checkpoint: Checkpoint, _ tokenizer: Tokenizer, _ vocabulary: ImageVocabulary) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    var files: [(name: String, bytes: [UInt8])] = [
      ("config.json", Self.json(ConfigFile(checkpoint, vocabulary))),
      (
        "generation_config.json",
        Self.json(
          GenerationFile(
            bosTokenId: configuration.beginningOfSequenceID, eosTokenId: configuration.endOfSequenceIDs,
            padTokenId: vocabulary.padID))
      ),
      (
        "preprocessor_config.json",
        Self.json(PreprocessorFile(checkpoint.preprocessing, pinpoints: configuration.pinpoints))
      ),
      ("processor_config.json", Self.json(ProcessorFile(configuration))),
      ("tokenizer.model", tokenizer.serializedModel),
      ("tokenizer_config.json", Self.json(TokenizerFile(tokenizer, vocabulary))),
      ("added_tokens.json", Self.json(["<image>": vocabulary.imageID, "<pad>": vocabulary.padID])),
    ]
    do throws(TokenizerError) {
      if let template = try checkpoint.chatTemplate { files.append(("chat_template.jinja", Array(template.utf8))) }
    } catch {
      throw CheckpointError(code: .malformed, message: error.message)
    }
    self.files = files
  }

  private static func json(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Values of these types always have JSON: finite numbers, texts and lists.
    return Array(try! encoder.encode(value)) + [UInt8(ascii: "\n")]
  }
}
