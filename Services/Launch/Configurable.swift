import Yams

/// Options that a configuration file may set as well as the command line.
public protocol Configurable {
  /// Every key there is; each is the name of a flag.
  static var settings: [Setting<Self>] { get }
}

/// A configuration of a few keys; more is the wrong file.
private let configurationByteLimit = 1 << 20

extension Configurable {
  /// These options, with what the file says where no flag was given. Without a file they stay as they are.
  public func filled(from path: String?) throws(LaunchError) -> Self {
    guard let path else { return self }
    let bytes = try fileBytes(at: path, limit: configurationByteLimit)
    do throws(LaunchError) {
      return try filled(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw LaunchError(error.code, "\(path): \(error.message)")
    }
  }

  func filled(yaml: String) throws(LaunchError) -> Self {
    let root: Node?
    // Said, since the environment would decide it otherwise.
    do {
      root = try Yams.compose(yaml: yaml, .default, .default, .utf8)
    } catch {
      throw LaunchError(.usage, "is not YAML: \(error)")
    }
    guard let root else { return self }
    guard let mapping = root.mapping else {
      throw LaunchError(.usage, "line \(root.mark?.line ?? 0): expected lines of the form 'key: value'")
    }
    var options = self
    let settings = Self.settings
    for (key, value) in mapping {
      let name = key.string ?? ""
      guard let setting = settings.first(where: { $0.key == name }) else {
        throw unknown(name, line: key.mark?.line ?? 0, known: settings.map(\.key))
      }
      try setting.fill(&options, value)
    }
    return options
  }

  private func unknown(_ key: String, line: Int, known: [String]) -> LaunchError {
    let nearest = nearestSpelling(of: key, among: known).map { "; did you mean '\($0)'?" } ?? "."
    return LaunchError(
      .usage, "line \(line): unknown key '\(key)'\(nearest) The keys are \(known.sorted().joined(separator: ", "))")
  }

  /// The keys whose values differ in `other`.
  public func changedKeys(in other: Self) -> [String] {
    Self.settings.filter { $0.text(self) != $0.text(other) }.map(\.key)
  }

  /// A configuration file that says what holds. What is left open is named in a comment.
  public var configurationFile: String {
    Self.settings.map { setting in
      setting.text(self).map { "\(setting.key): \($0)\n" } ?? "# \(setting.key): (not set)\n"
    }.joined()
  }
}
