import Foundation

/// The files of a model directory that a tokenizer is made of.
enum TokenizerFiles {
  /// What `tokenizer_config.json` says about LLaMA's tokenizer.
  struct Configuration: Decodable {
    /// A token's text, alone or in an object.
    struct Token: Decodable {
      let content: String

      private enum CodingKeys: CodingKey { case content }

      init(from decoder: any Decoder) throws {
        do {
          content = try decoder.singleValueContainer().decode(String.self)
        } catch DecodingError.typeMismatch {
          content = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .content)
        }
      }
    }

    var legacy: Bool?
    var beginning: Token?
    var end: Token?
    var addedTokens: [String: Token]?

    enum CodingKeys: String, CodingKey {
      case legacy
      case beginning = "bos_token"
      case end = "eos_token"
      case addedTokens = "added_tokens_decoder"
    }
  }

  /// The bytes of a SentencePiece model.
  static func model(_ path: String) throws(TokenizerError) -> [UInt8] {
    guard let bytes = try read(path) else {
      throw TokenizerError(code: .unreadable, message: "\(path): expected a SentencePiece model, found no file")
    }
    return Array(bytes)
  }

  static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// A template by itself, or one of several by name.
  private struct Template: Decodable {
    struct Named: Decodable {
      let name: String
      let template: String
    }

    let text: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        text = try container.decode(String.self)
      } catch DecodingError.typeMismatch {
        text = try container.decode([Named].self).first { $0.name == "default" }?.template
      }
    }
  }

  private struct Templated: Decodable {
    let template: Template?

    enum CodingKeys: String, CodingKey { case template = "chat_template" }
  }

  /// The chat template of a directory, looked for as transformers' processors do.
  static func chatTemplate(_ directory: String) throws(TokenizerError) -> String? {
    if let text = try read("\(directory)/chat_template.jinja") { return String(decoding: text, as: UTF8.self) }
    for name in ["chat_template.json", "processor_config.json", "tokenizer_config.json"] {
      if let text = try json("\(directory)/\(name)", as: Templated.self)?.template?.text { return text }
    }
    return nil
  }

  /// JSON, or nil where there is no such file.
  static func json<Value: Decodable>(_ path: String, as type: Value.Type) throws(TokenizerError) -> Value? {
    guard let bytes = try read(path) else { return nil }
    do {
      return try JSONDecoder().decode(type, from: bytes)
    } catch {
      throw TokenizerError(code: .malformed, message: "\(path): \(error)")
    }
  }

  private static func read(_ path: String) throws(TokenizerError) -> Data? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      let attributes = try FileManager.default.attributesOfItem(atPath: target)
      let byteCount = attributes[.size] as? Int ?? 0
      guard attributes[.type] as? FileAttributeType == .typeRegular, byteCount <= Limits.fileByteCount else {
        throw TokenizerError(
          code: .malformed,
          message: "\(path): expected a file of at most \(Limits.fileByteCount) bytes, found \(byteCount)")
      }
      return try Data(contentsOf: URL(fileURLWithPath: target))
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw TokenizerError(code: .unreadable, message: "\(path): \(error.localizedDescription)")
    }
  }
}
