public import ArgumentParser
public import Checkpoint
public import Logging
public import Numerics
public import Probes

/// What every process can be told.
public struct ProcessOptions: ParsableArguments, Sendable {
  @Option(name: .customLong("config"), help: "A YAML file; its keys are the names of the flags, and flags win over it.")
  public var configurationPath: String?

  @Flag(help: "Print the configuration that results from file and flags as YAML, and exit.")
  public var printConfig = false

  @Option(help: "Write the addresses that are served to this file once they are; may be a FIFO.")
  public var readyFile: String?

  @Flag(inversion: .prefixedNo, help: "Allow unencrypted tcp addresses that other machines reach.")
  public var insecure: Bool?

  @Option(
    help: "This process's certificate and whom it believes, for tls+tcp addresses (see `llava certs`).",
    completion: .directory)
  public var tlsDirectory: String?

  @Option(
    help: "trace, debug, info, notice, warning, error or critical (default: info).", transform: Logger.Level.parsed)
  public var logLevel: Logger.Level?

  @Option(help: "text or json, a line for each event (default: text).", transform: LogFormat.parsed)
  public var logFormat: LogFormat?

  @Option(
    help: "Answer /metrics, /healthz and /readyz over HTTP at this HOST:PORT (default: nowhere).",
    transform: ProbeAddress.parsed)
  public var metrics: ProbeAddress?

  @Option(
    help: "How long requests in progress may take to end after SIGTERM (default: 25s).", transform: Duration.parsed)
  public var drain: Duration?

  @Flag(
    help: ArgumentHelp(
      "Stop, as by SIGTERM, when standard input ends: for whoever starts this process and may die.",
      visibility: .hidden))
  public var untilInputEnds = false

  public init() {}

  public var isInsecureAllowed: Bool { insecure ?? false }
  public var level: Logger.Level { logLevel ?? .info }
  public var format: LogFormat { logFormat ?? .text }
  /// Kubernetes kills after 30 seconds; the rest is for the end itself.
  public var drainLimit: Duration { drain ?? .seconds(25) }
}

extension ProcessOptions: Configurable {
  public static var settings: [Setting<ProcessOptions>] {
    [
      Setting("ready-file", \.readyFile), Setting("insecure", \.insecure, result: \.isInsecureAllowed),
      Setting("tls-directory", \.tlsDirectory),
      Setting("log-level", \.logLevel, result: \.level), Setting("log-format", \.logFormat, result: \.format),
      Setting("metrics", \.metrics), Setting("drain", \.drain, result: \.drainLimit),
    ]
  }
}

/// Which model a worker runs, and on how many threads.
public struct ModelOptions: ParsableArguments, Sendable {
  @Option(
    help: "A Hugging Face or an original LLaVA directory, or GGUF files (default: the demonstration model).",
    completion: .file())
  public var model: String?

  @Option(
    help: "The tower that is not with the model: CLIP's directory, or the mmproj GGUF.", completion: .file())
  public var visionTower: String?

  @Option(help: "Threads that compute (default: the cores that this process may use).", transform: ThreadCount.parsed)
  public var threads: ThreadCount?

  @Option(
    help: """
      In which numbers to compute: \(Precision.expectation) (default: \(Precision.standard.rawValue)). \
      Weights that are stored in 4 bits stay so.
      """,
    transform: Precision.parsed)
  public var weights: Precision?

  public init() {}

  public var precision: Precision { weights ?? .standard }
  public var threadCount: ThreadCount { threads ?? .automatic }

  /// What the flags name, or the demonstration model.
  public func paths() throws(LaunchError) -> ModelPaths {
    try ModelLocation.paths(named: model, visionTower: visionTower)
  }
}

extension ModelOptions: Configurable {
  public static var settings: [Setting<ModelOptions>] {
    [
      Setting("model", \.model), Setting("vision-tower", \.visionTower),
      Setting("threads", \.threads, result: \.threadCount),
      Setting("weights", \.weights, result: \.precision),
    ]
  }
}
