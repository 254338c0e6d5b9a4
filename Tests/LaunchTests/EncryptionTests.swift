import Credentials
import Foundation
import Launch
import RPC
import TestSupport
import Testing

/// What a program says of its certificates before it listens or connects.
struct EncryptionTests {
  private let door: Address
  private let service: Address

  init() throws {
    door = try Address("tls+tcp://0.0.0.0:7600")
    service = try Address("tls+tcp://worker.example:7601")
  }

  private func refusal(_ body: () throws -> Void) throws -> LaunchError {
    try #require(throws: LaunchError.self) { try body() }
  }

  @Test func encryptedAddressesNeedADirectoryAndOthersDoNot() throws {
    #expect(try TLSCredentials.read(from: nil, listeningAt: [Address("ipc:///s")]) == nil)
    for error in [
      try refusal { _ = try TLSCredentials.read(from: nil, listeningAt: [door]) },
      try refusal { _ = try TLSCredentials.read(from: nil, connectingTo: [service]) },
    ] {
      #expect(error.code == .usage && error.message.contains("--tls-directory"))
    }
  }

  @Test func whoListensNeedsToKnowItsCallersAndWhoConnectsItsServers() throws {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    let (worker, client) = (
      certificates.directory.tlsDirectory(of: .worker).path, certificates.directory.tlsDirectory(of: .client).path
    )
    #expect(try TLSCredentials.read(from: worker, listeningAt: [door])?.servers == nil)
    #expect(try TLSCredentials.read(from: client, connectingTo: [service])?.callers == nil)
    let deaf = try refusal { _ = try TLSCredentials.read(from: client, listeningAt: [door]) }
    #expect(deaf.message.contains("callers.pem") && deaf.message.contains("\(door)"))
    let blind = try refusal { _ = try TLSCredentials.read(from: worker, connectingTo: [service]) }
    #expect(blind.message.contains("servers.pem") && blind.message.contains("\(service)"))
  }

  @Test func aDirectoryThatIsNamedIsLookedAtEvenWhereNothingNeedsIt() throws {
    let error = try refusal { _ = try TLSCredentials.read(from: "/no/such") }
    #expect(error.code == .file && error.message.contains("/no/such/identity.pem"))
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    let expired = try refusal {
      _ = try TLSCredentials.read(
        from: certificates.directory.tlsDirectory(of: .worker).path, at: Date(timeIntervalSinceNow: 2 * 86400))
    }
    #expect(expired.message.contains("renew"))
  }
}
