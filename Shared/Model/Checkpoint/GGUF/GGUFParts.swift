/// A model in one GGUF file or in several, as `llama-gguf-split` writes them: "name-00001-of-00003.gguf" has the
/// metadata, and each part tensors of its own.
public struct GGUFParts: Sendable {
  /// In order; the first has the model's metadata.
  public let files: [GGUFFile]
  /// Of all parts.
  let tensors: [String: StoredTensor]

  /// `path` is the only part or the first one.
  public init(path: String) throws(CheckpointError) {
    let first = try GGUFFile(path: path)
    let count = try first.integerIfPresent(Self.countKey) ?? 1
    guard (0...Limits.shardCount).contains(count) else {
      throw Self.malformed(path, "\(Self.countKey): expected at most \(Limits.shardCount), found \(count)")
    }
    files = count > 1 ? try Self.parts(first, count: count) : [first]
    tensors = try Self.merged(files)
    if let expected = try first.integerIfPresent("split.tensors.count"), expected != tensors.count {
      throw Self.malformed(path, "split.tensors.count: expected \(expected) tensors in all, found \(tensors.count)")
    }
  }

  /// The names of all tensors, sorted.
  public var names: [String] { tensors.keys.sorted() }

  public subscript(_ name: String) -> StoredTensor? { tensors[name] }

  private static let countKey = "split.count"
  private static let indexKey = "split.no"

  private static func parts(_ first: GGUFFile, count: Int) throws(CheckpointError) -> [GGUFFile] {
    let ending = "-\(fiveDigits(1))-of-\(fiveDigits(count)).gguf"
    guard first.path.hasSuffix(ending) else {
      throw malformed(first.path, "expected the first of \(count) parts, whose name ends with \(ending)")
    }
    var files: [GGUFFile] = []
    for index in 0..<count {
      let path = first.path.dropLast(ending.count) + "-\(fiveDigits(index + 1))-of-\(fiveDigits(count)).gguf"
      let part = index == 0 ? first : try GGUFFile(path: String(path))
      let found = (try part.integer(indexKey), try part.integer(countKey))
      guard found == (index, count) else {
        throw malformed(
          part.path, "expected \(indexKey) \(index) and \(countKey) \(count), found \(found.0) and \(found.1)")
      }
      files.append(part)
    }
    return files
  }

  private static func merged(_ files: [GGUFFile]) throws(CheckpointError) -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for file in files {
      for (name, tensor) in file.tensors {
        if let other = tensors.updateValue(tensor, forKey: name) {
          throw malformed(file.path, "\(name): expected it in one part, found it in \(other.file.path) too")
        }
      }
    }
    return tensors
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
  }

  private static func malformed(_ path: String, _ reason: String) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(path): \(reason)")
  }
}
