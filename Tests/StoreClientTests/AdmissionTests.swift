import Clusters
import Concurrency
import FeatureTiers
import Foundation
import Testing

@testable import StoreClient

/// Passwords and certificates.
@Suite(.serialized) struct AdmissionTests {
  @Test func theRightPasswordIsTakenAndAWrongOneIsNamed() async throws {
    let server = try await StoreServer.started(["--requirepass", "secret"])
    func code(_ credentials: StoreOptions.Credentials?) async throws -> TierError? {
      try await withClient([server.address], { $0.credentials = credentials }) { client in
        do {
          try await client.nodes[0].put(key(1), [1], by: soon())
          return nil
        } catch let error as TierError {
          return error
        }
      }
    }
    #expect(try await code(StoreOptions.Credentials(password: "secret")) == nil)
    #expect(try await code(StoreOptions.Credentials(user: "default", password: "secret")) == nil)
    let wrong = try await code(StoreOptions.Credentials(password: "guess"))
    #expect(wrong?.code == .refused && wrong?.message.contains("WRONGPASS") == true)
    #expect(wrong?.message.contains("guess") == false)
    let none = try await code(nil)
    #expect(none?.code == .refused && none?.message.contains("NOAUTH") == true)
  }

  @Test func aNodeWithACertificateIsTrustedByItsAuthorityAlone() async throws {
    let files = try await Certificates()
    let (server, port) = try await files.server()
    let address = try #require(StoreAddress("rediss://localhost:\(port)"))
    func failureOf(_ certificates: StoreOptions.Certificates, _ address: StoreAddress) async throws -> TierError? {
      try await withClient(
        [address],
        {
          $0.certificates = certificates
        }
      ) { client in
        do {
          try await client.nodes[0].put(key(1), [1], by: soon())
          #expect(try await client.nodes[0].get(key(1), by: soon()) == [1])
          return nil
        } catch let error as TierError {
          return error
        }
      }
    }
    let good = StoreOptions.Certificates(
      authority: files.path("ca.crt"), certificate: files.path("client.crt"), privateKey: files.path("client.key"))
    #expect(try await failureOf(good, address) == nil)
    let byNumber = try #require(StoreAddress("rediss://127.0.0.1:\(port)"))
    #expect(try await failureOf(good, byNumber) == nil)

    var foreign = good
    foreign.authority = files.path("foreign.crt")
    #expect(try await failureOf(foreign, address)?.code == .unavailable)
    #expect(try await failureOf(StoreOptions.Certificates(authority: files.path("ca.crt")), address) != nil)
    let plain = try #require(StoreAddress("redis://localhost:\(port)"))
    #expect(try await failureOf(StoreOptions.Certificates(), plain) != nil)
    _ = server
  }

  @Test func aCertificateThatCannotBeReadIsAnErrorBeforeAnythingIsAsked() throws {
    let address = try #require(StoreAddress("rediss://localhost"))
    var options = StoreOptions()
    options.certificates.certificate = "/nowhere.pem"
    let error = try #require(throws: TierError.self) { try StoreClient(to: [address], options, clock: SystemClock()) }
    #expect(error.code == .configuration)
  }
}

/// An authority, a foreign one, and certificates for a node and a client.
private struct Certificates {
  private let folder: StoreFolder

  init() async throws {
    folder = try StoreFolder()
    for name in ["ca", "foreign"] {
      try await openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name) "
          + "-keyout \(name).key -out \(name).crt")
    }
    try Data("subjectAltName=DNS:localhost,IP:127.0.0.1\n".utf8).write(to: folder.url.appendingPathComponent("names"))
    for name in ["node", "client"] {
      try await openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
      try await openssl(
        "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out \(name).crt")
    }
  }

  func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

  /// At a port that was free a moment ago; another one is tried where it no longer is.
  func server() async throws -> (StoreServer, Int) {
    while true {
      let port = Int.random(in: 20_000..<60_000)
      do {
        return (
          try await StoreServer.started([
            "--tls-port", "\(port)", "--bind", "127.0.0.1", "--tls-cert-file", path("node.crt"), "--tls-key-file",
            path("node.key"), "--tls-ca-cert-file", path("ca.crt"),
          ]), port
        )
      } catch let error as StoreServer.Missing where error.description.contains("Address already in use") {}
    }
  }

  private func openssl(_ arguments: String) async throws {
    let status = try await BlockingThread.run { [folder] in Result { try Self.openssl(arguments, in: folder.url) } }
      .get()
    #expect(status == 0, "openssl \(arguments)")
  }

  private static func openssl(_ arguments: String, in folder: URL) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

private final class StoreFolder: Sendable {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("llava-certificates-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
