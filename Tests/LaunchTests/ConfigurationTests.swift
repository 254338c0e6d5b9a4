import ArgumentParser
import Probes
import Testing

@testable import Launch

private struct Sample: ParsableArguments, Configurable {
  @OptionGroup var process: ProcessOptions
  @Option(transform: ThreadCount.parsed) var threads: ThreadCount?
  @Option(transform: String.parsed) var name: [String] = []

  var names: [String] { name.isEmpty ? ["first"] : name }
  var threadCount: ThreadCount { threads ?? ThreadCount(8) }

  static var settings: [Setting<Sample>] {
    ProcessOptions.settings.map { $0.within(\.process) } + [
      Setting("threads", \.threads, result: \.threadCount), Setting("name", \.name, result: \.names),
    ]
  }
}

struct ConfigurationTests {
  @Test func flagsWinOverTheFileAndTheFileOverDefaults() throws {
    let options = try Sample.parse(["--threads", "3"]).filled(yaml: "threads: 5\nname: [a, b]\ndrain: 2s\n")
    #expect(options.threadCount.count == 3)
    #expect(options.names == ["a", "b"])
    #expect(options.process.drainLimit == .seconds(2))
    #expect(options.process.level == .info)
  }

  @Test func aListOnTheCommandLineReplacesTheFiles() throws {
    let options = try Sample.parse(["--name", "c"]).filled(yaml: "name: [a, b]")
    #expect(options.names == ["c"])
  }

  @Test func aSingleValueStandsForAListOfOne() throws {
    #expect(try Sample.parse([]).filled(yaml: "name: a").names == ["a"])
  }

  @Test func anUnknownKeyIsNamedWithItsLineAndTheNearestKey() throws {
    let error = try #require(throws: LaunchError.self) {
      try Sample.parse([]).filled(yaml: "name: a\nthread: 4\n")
    }
    #expect(error.code == .usage)
    #expect(
      error.message
        == "line 2: unknown key 'thread'; did you mean 'threads'? "
        + "The keys are drain, insecure, log-format, log-level, metrics, name, ready-file, threads, tls-directory")
  }

  @Test(arguments: [
    ("threads: many", "line 1: threads: expected 1 to 1024 threads, found 'many'"),
    ("threads: 0", "line 1: threads: expected 1 to 1024 threads, found '0'"),
    ("threads:", "line 1: threads: expected 1 to 1024 threads, found nothing"),
    ("threads: [1, 2]", "line 1: threads: expected 1 to 1024 threads, found a list"),
    ("name: {a: b}", "line 1: name: expected a text, found a mapping"),
    ("\ninsecure: maybe", "line 2: insecure: expected true or false, found 'maybe'"),
    ("drain: 30", "line 1: drain: expected a duration such as 500ms, 30s or 2m, found '30'"),
    ("- a", "line 1: expected lines of the form 'key: value'"),
  ])
  func aWrongValueIsNamed(yaml: String, message: String) throws {
    let error = try #require(throws: LaunchError.self) { try Sample.parse([]).filled(yaml: yaml) }
    #expect(error.message == message)
  }

  @Test(arguments: ["a: b: c", "threads: 1\nthreads: 2", "'", "[", "threads: *x"])
  func brokenYAMLIsAnError(yaml: String) {
    #expect(throws: LaunchError.self) { try Sample.parse([]).filled(yaml: yaml) }
  }

  @Test func aWrongValueIsAnErrorEvenWhereAFlagWins() {
    #expect(throws: LaunchError.self) { try Sample.parse(["--threads", "1"]).filled(yaml: "threads: x") }
  }

  @Test func anEmptyFileChangesNothing() throws {
    #expect(try Sample.parse([]).filled(yaml: "").configurationFile == Sample.parse([]).configurationFile)
    #expect(try Sample.parse([]).filled(yaml: "# only a comment\n").names == ["first"])
  }

  @Test func theErrorNamesTheFile() throws {
    let error = try #require(throws: LaunchError.self) { try Sample.parse([]).filled(from: "/no/such/file.yaml") }
    #expect(error.message == "/no/such/file.yaml: No such file or directory")
  }

  @Test func whatIsPrintedReadsBackAsTheSame() throws {
    let names = ["plain", "tcp://127.0.0.1:7600", "true", "a b", "quote \" and \\", "line\nbreak", "-", "é", "#", "1"]
    let options = try Sample.parse(
      names.flatMap { ["--name=\($0)"] } + [
        "--threads", "3", "--insecure", "--drain", "1500ms", "--log-level", "debug", "--log-format", "json",
        "--metrics",
        "[::1]:9600",
      ])
    let again = try Sample.parse([]).filled(yaml: options.configurationFile)
    #expect(again.names == names)
    #expect(again.process.isInsecureAllowed && again.process.format == .json)
    #expect(again.process.metrics == ProbeAddress(host: "::1", port: 9600))
    #expect(again.configurationFile == options.configurationFile)
  }

  @Test func whatIsLeftOpenIsPrintedAsAComment() throws {
    #expect(
      try Sample.parse([]).configurationFile == """
        # ready-file: (not set)
        insecure: false
        # tls-directory: (not set)
        log-level: info
        log-format: text
        # metrics: (not set)
        drain: 25s
        threads: 8
        name: [first]

        """)
  }
}
