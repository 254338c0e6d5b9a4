public import Contracts
public import Logging
public import Members
public import RPC

extension Address: SettingValue {
  public static var expectation: String { "tls+tcp://HOST:PORT, tcp://HOST:PORT, ipc:///PATH or inproc://NAME" }
  public init?(setting text: String) { try? self.init(text) }  // `expectation` says what the error would
  public var settingText: String { description }
}

extension Endpoint: SettingValue {
  public static var expectation: String { Address.expectation + ", or dns+tcp://NAME:PORT, dns+tls+tcp://NAME:PORT" }
  public init?(setting text: String) { try? self.init(text) }  // `expectation` says what the error would
  public var settingText: String { description }
}

extension PreprocessingPolicy: SettingValue {}

extension FeatureElement: SettingValue {}

extension Logger.Level: SettingValue {}
