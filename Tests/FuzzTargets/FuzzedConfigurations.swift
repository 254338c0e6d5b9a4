import ArgumentParser

@testable import Checkpoint
@testable import Credentials
@testable import Launch

/// Files that people write, or that come with a model: the first byte says of which kind.
enum FuzzedConfigurations {
  private struct Options: ParsableArguments, Configurable {
    @OptionGroup var process: ProcessOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var behaviour: BehaviourOptions
    @OptionGroup var directory: DirectoryOptions
    @OptionGroup var nodes: NodeOptions

    static var settings: [Setting<Self>] {
      ProcessOptions.settings.map { $0.within(\.process) } + ModelOptions.settings.map { $0.within(\.model) }
        + BehaviourOptions.settings.map { $0.within(\.behaviour) }
        + DirectoryOptions.settings.map { $0.within(\.directory) } + NodeOptions.settings.map { $0.within(\.nodes) }
    }
  }

  /// Made once: parsing no arguments takes longer than all that is looked at here.
  private static let options = Options.parseOrExit([])

  static func read(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let text = String(decoding: bytes, as: UTF8.self)
    switch first % 3 {
    case 0: if let filled = try? options.filled(yaml: text) { check(filled) }
    case 1: _ = try? ModelConfiguration(JSONText(place: "config.json", bytes: bytes), generation: nil)
    default: _ = try? TokenList(json: text)
    }
  }

  /// What is printed of a configuration is the same configuration.
  private static func check(_ filled: Options) {
    let printed = filled.configurationFile
    let again = try? options.filled(yaml: printed)
    precondition(
      again?.configurationFile == printed, "a configuration that was printed is read as another:\n\(printed)")
  }
}
