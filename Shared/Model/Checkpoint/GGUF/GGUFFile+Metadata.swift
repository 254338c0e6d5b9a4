/// Values by key. One that is missing or of another kind is `malformed`, by file, key, what was expected and found;
/// `…IfPresent` gives nil for a key that is missing.
extension GGUFFile {
  public func integer(_ key: String) throws(CheckpointError) -> Int {
    try present(integerIfPresent(key), key, Self.wholeNumber)
  }

  public func integerIfPresent(_ key: String) throws(CheckpointError) -> Int? {
    switch metadata[key] {
    case nil: return nil
    case .unsigned(let value)? where value <= Int.max: return Int(value)
    case .signed(let value)?: return Int(value)
    case let other?: throw unexpected(key, Self.wholeNumber, other)
    }
  }

  /// A whole number is one too.
  public func number(_ key: String) throws(CheckpointError) -> Double {
    try present(numberIfPresent(key), key, "a number")
  }

  public func numberIfPresent(_ key: String) throws(CheckpointError) -> Double? {
    switch metadata[key] {
    case nil: return nil
    case .float(let value)?: return value
    case .unsigned(let value)?: return Double(value)
    case .signed(let value)?: return Double(value)
    case let other?: throw unexpected(key, "a number", other)
    }
  }

  public func text(_ key: String) throws(CheckpointError) -> String { try present(textIfPresent(key), key, "a text") }

  public func textIfPresent(_ key: String) throws(CheckpointError) -> String? {
    guard let value = metadata[key] else { return nil }
    guard case .string(let text) = value else { throw unexpected(key, "a text", value) }
    return text
  }

  public func flag(_ key: String) throws(CheckpointError) -> Bool {
    try present(flagIfPresent(key), key, "true or false")
  }

  public func flagIfPresent(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = metadata[key] else { return nil }
    guard case .bool(let flag) = value else { throw unexpected(key, "true or false", value) }
    return flag
  }

  public func integers(_ key: String) throws(CheckpointError) -> [Int] {
    try present(integersIfPresent(key), key, "an array of whole numbers")
  }

  public func integersIfPresent(_ key: String) throws(CheckpointError) -> [Int]? {
    guard let value = metadata[key] else { return nil }
    guard case .array(.integers(let integers)) = value else {
      throw unexpected(key, "an array of whole numbers", value)
    }
    return integers
  }

  /// An array of whole numbers is one too.
  public func numbers(_ key: String) throws(CheckpointError) -> [Float] {
    try present(numbersIfPresent(key), key, "an array of numbers")
  }

  public func numbersIfPresent(_ key: String) throws(CheckpointError) -> [Float]? {
    switch metadata[key] {
    case nil: return nil
    case .array(.floats(let numbers))?: return numbers
    case .array(.integers(let integers))?: return integers.map(Float.init)
    case let other?: throw unexpected(key, "an array of numbers", other)
    }
  }

  /// Each with exactly its bytes.
  public func texts(_ key: String) throws(CheckpointError) -> [[UInt8]] {
    try present(textsIfPresent(key), key, "an array of texts")
  }

  public func textsIfPresent(_ key: String) throws(CheckpointError) -> [[UInt8]]? {
    guard let value = metadata[key] else { return nil }
    guard case .array(.strings(let texts)) = value else { throw unexpected(key, "an array of texts", value) }
    return texts
  }

  private static let wholeNumber = "a whole number up to 2^63 - 1"

  private func present<Value>(_ value: Value?, _ key: String, _ expected: String) throws(CheckpointError) -> Value {
    guard let value else {
      throw CheckpointError(code: .malformed, message: "\(path): \(key): expected \(expected), found no such key")
    }
    return value
  }

  private func unexpected(_ key: String, _ expected: String, _ found: GGUFValue) -> CheckpointError {
    CheckpointError(code: .malformed, message: "\(path): \(key): expected \(expected), found \(found.kind)")
  }
}
