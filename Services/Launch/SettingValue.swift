/// What a flag or a key of a configuration file may hold; written the same in both.
public protocol SettingValue {
  /// What is expected, for an error: "a whole number".
  static var expectation: String { get }
  /// Nothing where the text is not one.
  init?(setting text: String)
  /// The text that reads as this value.
  var settingText: String { get }
}

extension SettingValue {
  /// For `@Option(transform:)`: says what was expected where the text is not that.
  public static func parsed(_ text: String) throws(LaunchError) -> Self {
    guard let value = Self(setting: text) else {
      throw LaunchError(.usage, "expected \(expectation), found '\(text)'")
    }
    return value
  }
}

extension Int: SettingValue {
  public static var expectation: String { "a whole number" }
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}

extension UInt64: SettingValue {
  public static var expectation: String { "a whole number from 0" }
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}

extension Float: SettingValue {
  public static var expectation: String { "a number" }
  public init?(setting text: String) {
    self.init(text)
    if !isFinite { return nil }
  }
  public var settingText: String { description }
}

extension String: SettingValue {
  public static var expectation: String { "a text" }
  public init?(setting text: String) {
    if text.isEmpty { return nil }
    self = text
  }
  public var settingText: String { self }
}

extension Bool: SettingValue {
  public static var expectation: String { "true or false" }
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}

extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
  public static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
}
