import Clusters
import Concurrency
import Contracts
import Foundation
import Programs
import Testing

/// All programs as on several machines: over TLS, with the certificates and tokens that `llava` makes.
@Suite(.serialized, .timeLimit(.minutes(10))) struct EncryptedProcessTests {
  private struct Ended {
    var status: Int32
    var output: String
    var error: String
  }

  /// Runs `llava` to its end.
  private func llava(_ processes: Processes, _ arguments: String...) async throws -> Ended {
    let name = "llava-\(UUID().uuidString)"
    let output = Pipe()
    try processes.start(name, "llava", arguments, output: output)
    let text = await BlockingThread.run { output.fileHandleForReading.readDataToEndOfFile() }
    return Ended(
      status: processes.status(name) ?? -1, output: String(decoding: text, as: UTF8.self),
      error: try processes.errorText(name))
  }

  /// Starts a service at a port that the system chooses; returns its address once it serves.
  private func start(
    _ processes: Processes, _ name: String, _ program: String, tls role: String, _ arguments: [String]
  ) async throws -> String {
    let fifo = processes.path("\(name).ready")
    mkfifo(fifo, 0o600)
    try processes.start(
      name, program,
      arguments + [
        "--listen", "tls+tcp://127.0.0.1:0", "--ready-file", fifo, "--tls-directory", processes.path("certs/\(role)"),
      ])
    let written = await BlockingThread.run {
      FileHandle(forReadingAtPath: fifo)?.readDataToEndOfFile() ?? Data()  // without it the next line fails
    }
    let line = String(decoding: written, as: UTF8.self)
    return String(try #require(line.split(whereSeparator: \.isWhitespace).last))
  }

  @Test func programsThatMeetOverTLSAnswerThoseWhoMayAskAndRefuseAllOthers() async throws {
    let processes = Processes()
    let certs = processes.path("certs")
    #expect(try await llava(processes, "certs", "init", certs, "--days", "1").status == 0)
    let again = try await llava(processes, "certs", "init", certs)
    #expect(again.status != 0 && again.error.contains("--force"))
    let renewed = try await llava(processes, "certs", "renew", certs)
    #expect(renewed.status == 0 && renewed.output.contains("restart"))

    let tokens = processes.path("tokens.json")
    let added = try await llava(processes, "token", "add", "alice", "--file", tokens)
    let tokenFile = processes.path("alice.token")
    #expect(
      FileManager.default.createFile(
        atPath: tokenFile, contents: Data(added.output.utf8), attributes: [.posixPermissions: 0o600]))

    let exact = ["--weights", "fp32", "--threads", "1", "--model", TestModel.demo]
    let vision = try await start(processes, "vision-0", "llava-vision", tls: "worker", exact)
    let decoder = try await start(
      processes, "decoder", "llava-decoder", tls: "worker", exact + ["--kv-memory", "512MiB"])
    let gateway = try await start(
      processes, "gateway", "llava-gateway", tls: "gateway",
      ["--vision", vision, "--decoder", decoder, "--tokens", tokens])
    let (client, worker) = (processes.path("certs/client"), processes.path("certs/worker"))
    let ready = try await llava(
      processes, "status", "--gateway", gateway, "--tls-directory", client, "--token-file", tokenFile, "--wait", "120s")
    #expect(ready.status == 0, "\(ready.error)")

    let question = try #require(try Evaluation.questions().first)
    let picture = TestModel.root.appendingPathComponent("deploy/models/demo/eval/images/\(question.image)").path
    let answer = try await llava(
      processes, "ask", "--gateway", gateway, "--tls-directory", client, "--token-file", tokenFile, picture,
      question.text)
    #expect(answer.status == 0, "\(answer.error)")
    let expected = try #require(try Evaluation.references()[question.questionId])
    #expect(answer.output.trimmingCharacters(in: .whitespacesAndNewlines) == expected)

    let nameless = try await llava(processes, "ask", "--gateway", gateway, "--tls-directory", client, picture, "Hi")
    #expect(nameless.status == 2 && nameless.error.contains("--token-file"), "\(nameless.error)")
    let wrongRole = try await llava(
      processes, "ask", "--gateway", gateway, "--tls-directory", worker, "--token-file", tokenFile, picture, "Hi")
    #expect(wrongRole.status == 2 && wrongRole.error.contains("servers.pem"), "\(wrongRole.error)")
    let direct = try await llava(
      processes, "ask", "--gateway", vision, "--tls-directory", client, "--token-file", tokenFile, picture, "Hi")
    #expect(direct.status == 2 && direct.error.contains("authority of servers"), "\(direct.error)")

    #expect(try await llava(processes, "token", "revoke", "alice", "--file", tokens).status == 0)
    var refused: Ended
    repeat {  // the gateway looks once a second
      refused = try await llava(
        processes, "status", "--gateway", gateway, "--tls-directory", client, "--token-file", tokenFile)
    } while refused.status == 0
    #expect(refused.status == 2 && refused.error.contains("revoked"), "\(refused.error)")
    try await processes.stop()
  }
}
