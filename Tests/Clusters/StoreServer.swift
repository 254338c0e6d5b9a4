import Concurrency
package import Foundation

/// A node of Valkey or Redis that a test starts, at a socket in a folder of its own, or at a port that was free.
package final class StoreServer: Sendable {
  package let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "llava-store-\(UUID().uuidString.prefix(8))")
  private let launcher: [String]
  private let arguments: [String]
  private let server = Lock<Process?>(nil)

  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  /// `arguments` come after those that keep it off the disk and the network.
  private init(_ arguments: [String], by launcher: [String]) { (self.arguments, self.launcher) = (arguments, launcher) }

  /// Returns once it answers. Where there is a `launcher`, that command starts it.
  package static func started(_ arguments: [String] = [], by launcher: [String] = []) async throws -> StoreServer {
    let server = StoreServer(arguments, by: launcher)
    try FileManager.default.createDirectory(at: server.folder, withIntermediateDirectories: true)
    try await server.start()
    return server
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  package var path: String { folder.appendingPathComponent("node.sock").path }
  package var identifier: Int32 { server.withLock { $0?.processIdentifier ?? 0 } }

  /// Where the program is; deploy/dev/setup installs it.
  private static func program() throws -> String {
    let folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"]
    let names = ["valkey-server", "redis-server"]
    let paths = folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
      throw Missing(description: "neither valkey-server nor redis-server is installed: run deploy/dev/setup")
    }
    return path
  }

  /// Starts it, again where it was killed, and returns once it answers.
  package func start() async throws {
    try await BlockingThread.run { [self] in Result { try launch() } }.get()
  }

  private func launch() throws {
    try? FileManager.default.removeItem(atPath: path)
    let process = Process()
    let output = Pipe()
    let command =
      launcher + [
        try Self.program(), "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir",
        folder.path,
      ] + arguments
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    server.withLock { $0 = process }
    var said = ""
    while !said.lowercased().contains("ready to accept connections") {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Missing(description: "the store's node did not start: \(said)") }
      said += String(decoding: more, as: UTF8.self)
    }
  }

  package func signal(_ signal: Int32) { Foundation.kill(identifier, signal) }

  /// As kill -9 does.
  package func kill() {
    server.withLock { server in
      guard let process = server.take(), process.isRunning else { return }
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }
}
