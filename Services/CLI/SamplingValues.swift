import Launch

/// At least one of something.
struct Count: SettingValue, Equatable {
  let count: Int

  static var expectation: String { "a whole number from 1" }
  init?(setting text: String) {
    guard let count = Int(text), (1...Int(Int32.max)).contains(count) else { return nil }
    self.count = count
  }
  var settingText: String { "\(count)" }
}

/// Alternatives that are reported with a token; none is a number, too.
struct Alternatives: SettingValue, Equatable {
  /// More would not fit into a frame with the token.
  private static let limit = 20
  let count: Int

  static var expectation: String { "a whole number from 0 to \(limit)" }
  init?(setting text: String) {
    guard let count = Int(text), (0...Self.limit).contains(count) else { return nil }
    self.count = count
  }
  var settingText: String { "\(count)" }
}

struct NonNegative: SettingValue, Equatable {
  let value: Float

  static var expectation: String { "a number from 0" }
  init?(setting text: String) {
    guard let value = Float(setting: text), value >= 0 else { return nil }
    self.value = value
  }
  var settingText: String { "\(value)" }
}

struct Probability: SettingValue, Equatable {
  let value: Float

  static var expectation: String { "a number from 0 to 1" }
  init?(setting text: String) {
    guard let value = Float(setting: text), (0...1).contains(value) else { return nil }
    self.value = value
  }
  var settingText: String { "\(value)" }
}

/// What is added to a token's logit.
struct LogitBias: SettingValue, Equatable {
  let token: Int32
  let bias: Float

  static var expectation: String { "TOKEN=BIAS such as 42=-5" }
  init?(setting text: String) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2, let token = Int32(sides[0]), token >= 0, let bias = Float(setting: String(sides[1])) else {
      return nil
    }
    self.token = token
    self.bias = bias
  }
  var settingText: String { "\(token)=\(bias)" }
}
