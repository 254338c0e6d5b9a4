import Foundation

/// JSON from a file of a checkpoint; an error names the file and the field.
struct JSONText {
  /// The file that an error names.
  let place: String
  private let bytes: Data

  init(place: String, bytes: [UInt8]) {
    self.place = place
    self.bytes = Data(bytes)
  }

  init(path: String) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    guard file.byteCount <= Limits.jsonByteCount else {
      throw CheckpointError(
        code: .malformed,
        message: "\(path): expected at most \(Limits.jsonByteCount) bytes of JSON, found \(file.byteCount)")
    }
    self.init(place: path, bytes: file.bytes(0..<file.byteCount))
  }

  /// With `snakeCase`, the field `hidden_size` is the property `hiddenSize`.
  func decode<Value: Decodable>(_ type: Value.Type, snakeCase: Bool = false) throws(CheckpointError) -> Value {
    let decoder = JSONDecoder()
    if snakeCase { decoder.keyDecodingStrategy = .convertFromSnakeCase }
    do {
      return try decoder.decode(type, from: bytes)
    } catch {
      throw CheckpointError(code: .malformed, message: "\(place): \(Self.reason(error, snakeCase: snakeCase))")
    }
  }

  private static func reason(_ error: any Error, snakeCase: Bool) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func field(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let path = (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
      return snakeCase ? Self.asWritten(path) : path
    }
    return switch error {
    case .typeMismatch(_, let context): "\(field(context)): \(context.debugDescription)"
    case .valueNotFound(let type, let context): "\(field(context)): expected \(type), found null"
    case .keyNotFound(let key, let context): "\(field(context, key)): expected a value, found none"
    // Foundation says no more about either.
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "expected JSON in which every number fits its field (\(context.debugDescription))"
    case .dataCorrupted(let context): "\(field(context)): \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }

  /// A path of properties as the file spells it: `textConfig.hiddenSize` is `text_config.hidden_size`.
  private static func asWritten(_ path: String) -> String {
    path.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }
}
