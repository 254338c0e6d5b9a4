public import Logging
public import Probes
public import RPC
import Serving
import Telemetry

extension ProbeAddress: SettingValue {
  public static var expectation: String { "HOST:PORT such as 127.0.0.1:9600" }
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}

extension Probes {
  /// Shows this process where its options say so, from now until it ends: a model may take a minute to read, and whoever
  /// watches should see that it lives.
  public static func open(
    of program: String, version: String, _ options: ProcessOptions, _ logger: Logger
  ) async throws(LaunchError) -> Probes {
    let probes = Probes(of: program, version: version)
    guard let address = options.metrics else { return probes }
    do {
      // Nobody closes it: it answers as long as there is a process.
      let server = try await ProbeServer(showing: probes, at: address)
      logger.info("metrics and probes at http://\(server.address)", metadata: [LogKey.address: "\(server.address)"])
    } catch {
      throw LaunchError(.file, error.message)
    }
    return probes
  }

  /// The same transport, and its traffic among the numbers.
  public func metered(_ transport: any Transport) -> any Transport {
    let metered = MeteredTransport(transport)
    metrics.ask { metered.traffic.samples }
    return metered
  }
}
