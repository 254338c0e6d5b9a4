import Yams

/// One thing that can be set: by a flag, else by the key of the same name in the configuration file, else by default.
public struct Setting<Options> {
  let key: String
  /// Takes the file's value, unless a flag was there first.
  let fill: (inout Options, Node) throws(LaunchError) -> Void
  /// What holds in the end, as YAML; nothing where it is left open.
  let text: (Options) -> String?
}

extension Setting {
  /// A value that stays open where nobody sets it.
  public init<Value: SettingValue>(_ key: String, _ path: WritableKeyPath<Options, Value?>) {
    self.init(
      key: key,
      fill: { options, node throws(LaunchError) in
        let value = try Value(node, of: key)
        if options[keyPath: path] == nil { options[keyPath: path] = value }
      },
      text: { $0[keyPath: path].map { quoted($0.settingText) } })
  }

  /// A value with a default: `result` is `path`, or the default.
  public init<Value: SettingValue>(
    _ key: String, _ path: WritableKeyPath<Options, Value?>, result: KeyPath<Options, Value>
  ) {
    let open = Setting(key, path)
    self.init(key: key, fill: open.fill, text: { quoted($0[keyPath: result].settingText) })
  }

  /// A list with a default. In the file a single value stands for a list of one.
  public init<Value: SettingValue>(
    _ key: String, _ path: WritableKeyPath<Options, [Value]>, result: KeyPath<Options, [Value]>
  ) {
    self.init(
      key: key,
      fill: { options, node throws(LaunchError) in
        var values: [Value] = []
        for element in node.sequence.map(Array.init) ?? [node] { values.append(try Value(element, of: key)) }
        if options[keyPath: path].isEmpty { options[keyPath: path] = values }
      },
      text: { "[" + $0[keyPath: result].map { quoted($0.settingText) }.joined(separator: ", ") + "]" })
  }

  /// The same setting of options that are a part of `Whole`.
  public func within<Whole>(_ part: WritableKeyPath<Whole, Options>) -> Setting<Whole> {
    Setting<Whole>(
      key: key, fill: { whole, node throws(LaunchError) in try fill(&whole[keyPath: part], node) },
      text: { text($0[keyPath: part]) })
  }
}

extension SettingValue {
  /// Reads the value of a key; an error names both, and the line.
  fileprivate init(_ node: Node, of key: String) throws(LaunchError) {
    let found: String
    switch node {
    case .scalar(let scalar):
      if let value = Self(setting: scalar.string) {
        self = value
        return
      }
      found = scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
    case .sequence: found = "a list"
    case .mapping: found = "a mapping"
    case .alias: found = "an alias"
    }
    throw LaunchError(.usage, "line \(node.mark?.line ?? 0): \(key): expected \(Self.expectation), found \(found)")
  }
}

/// Text as a YAML scalar. A double-quoted scalar needs an escape for three kinds of characters only.
private func quoted(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "-")...UInt8(ascii: "9")).contains(byte)
  }
  if isPlain, !text.isEmpty, text.first != "-" { return text }
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..."\u{1F}": result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
