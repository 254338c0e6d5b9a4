import Concurrency
import Glibc
public import Logging
public import Probes
public import RPC
public import ServiceLifecycle
import UnixSignals

/// A service, and the doors that it answers at, until the process is told to stop.
///
/// SIGTERM or SIGINT: no new calls are taken, those in progress end, then it stops. A second SIGINT stops it at once.
/// SIGHUP: it reads its configuration again, where it can.
public struct ServedProcess: Service {
  private let server: Server
  private let listeners: [any Listener]
  private let readyFile: String?
  private let drainLimit: Duration
  private let logger: Logger
  private let probes: Probes
  private let closing: @Sendable () -> Void
  private let reloading: (@Sendable () async -> Void)?
  private let stopsAtInputEnd: Bool
  private let warmUp: @Sendable () async throws -> Void
  private let body: @Sendable () async -> Void

  /// Listens at `addresses`; throws where one cannot be had.
  ///
  /// `warmUp` computes something before the first call. `body` is what the service runs besides its calls. `closing` has
  /// it refuse new work, whoever brings it. `reloading` is what SIGHUP does; without it, SIGHUP ends the process.
  public init(
    _ server: Server, at addresses: [Address], over transport: any Transport, _ options: ProcessOptions,
    _ logger: Logger, _ probes: Probes,
    closing: @escaping @Sendable () -> Void = {}, reloading: (@Sendable () async -> Void)? = nil,
    warmUp: @escaping @Sendable () async throws -> Void = {},
    body: @escaping @Sendable () async -> Void
  ) async throws {
    try addresses.checked(isInsecureAllowed: options.isInsecureAllowed)
    var listeners: [any Listener] = []
    for address in addresses { listeners.append(try await transport.listen(at: address)) }
    self.server = server
    self.listeners = listeners
    readyFile = options.readyFile
    drainLimit = options.drainLimit
    self.logger = logger
    self.probes = probes
    self.warmUp = warmUp
    self.closing = closing
    self.reloading = reloading
    stopsAtInputEnd = options.untilInputEnds
    self.body = body
  }

  /// Says that it is ready, and serves until a signal.
  public func runUntilSignal() async throws {
    var configuration = ServiceGroupConfiguration(
      services: [ServiceGroupConfiguration.ServiceConfiguration(service: self)],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    configuration.maximumGracefulShutdownDuration = drainLimit
    try await ServiceGroup(configuration: configuration).run()
    logger.info("stopped")
  }

  /// The lifecycle's own chatter is for those who debug it.
  private var quiet: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .error)
    return logger
  }

  private func announce() throws(LaunchError) {
    let addresses = listeners.map { "\($0.address)" }.joined(separator: " ")
    if let path = readyFile {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw LaunchError(.file, "--ready-file \(path): \(systemError())") }
      defer { close(descriptor) }
      try Output(descriptor: descriptor, name: "--ready-file \(path)").write("ready \(addresses)\n")
    }
    logger.info("ready \(addresses)")
  }

  /// Serves until a graceful shutdown has drained it, or until it is cancelled.
  public func run() async throws {
    try await warmUp()
    probes.warmed()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await body() }
      for listener in listeners { group.addTask { await server.run(on: listener) } }
      group.addTask { await stopAtSecondInterrupt() }
      if let reloading {
        group.addTask { for await _ in await UnixSignalsSequence(trapping: .sighup) { await reloading() } }
      }
      if stopsAtInputEnd { BlockingThread.start { Self.stopAtInputEnd() } }
      try announce()
      try? await gracefulShutdown()  // ends by cancellation where the time to drain has run out
      logger.info("stopping: requests in progress may end; Ctrl-C again stops at once")
      probes.stop()
      closing()
      await server.drain()
      group.cancelAll()
    }
  }

  /// Whoever has the other end of the input is gone: nobody else will stop this process.
  private static func stopAtInputEnd() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 || (count < 0 && errno == EINTR) { continue }
      kill(getpid(), SIGTERM)
      return
    }
  }

  private func stopAtSecondInterrupt() async {
    var count = 0
    for await _ in await UnixSignalsSequence(trapping: .sigint) {
      count += 1
      if count == 2 { _exit(ExitStatus.interrupted.rawValue) }
    }
  }
}
