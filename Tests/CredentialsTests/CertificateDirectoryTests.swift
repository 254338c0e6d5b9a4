import Credentials
import Crypto
import Foundation
import TestSupport
import Testing
import X509

/// What `llava certs` makes, and what a process says of what it is given.
struct CertificateDirectoryTests {
  private static let day: TimeInterval = 86400

  private func withCertificates(at now: Date = Date(), _ body: (TestCertificates) throws -> Void) throws {
    let certificates = try TestCertificates(at: now)
    defer { certificates.remove() }
    try body(certificates)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  private func certificate(_ path: String) throws -> Certificate {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try Certificate(pemEncoded: String(text[..<text.firstRange(of: "-----BEGIN PRIVATE")!.lowerBound]))
  }

  private func refusal(_ body: () throws -> Void) throws -> CredentialError {
    try #require(throws: CredentialError.self) { try body() }
  }

  @Test func everyFileIsTheOwnersAlone() throws {
    try withCertificates { certificates in
      let root = certificates.directory.path
      for folder in ["", "/authorities", "/gateway", "/worker", "/client"] { #expect(try mode(root + folder) == 0o700) }
      let files = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }
        .filter { $0.hasSuffix(".pem") }
      #expect(files.count == 3 + 3 + 4)
      for file in files { #expect(try mode("\(root)/\(file)") == 0o600, "\(file)") }
    }
  }

  @Test func whatIsThereIsNeverReplacedUnlessThatIsSaid() throws {
    try withCertificates { certificates in
      let before = try certificates.credentials(of: .gateway)
      let error = try refusal {
        try certificates.directory.create(hosts: [], days: 1, isForced: false, at: Date())
      }
      #expect(error.code == .exists && error.message.contains("--force"))
      #expect(try certificates.credentials(of: .gateway) == before)
      try certificates.directory.create(hosts: [], days: 1, isForced: true, at: Date())
      let after = try certificates.credentials(of: .gateway)
      #expect(after.identity != before.identity && after.callers != before.callers && after.servers != before.servers)
    }
  }

  @Test func rolesBelieveEachOtherAsTheyCall() throws {
    try withCertificates { certificates in
      let (gateway, worker, client) = (
        try certificates.credentials(of: .gateway), try certificates.credentials(of: .worker),
        try certificates.credentials(of: .client)
      )
      #expect(worker.callers == client.servers, "both believe the gateway's authority")
      #expect(worker.servers == nil && client.callers == nil)
      #expect(Set([gateway.callers, gateway.servers, worker.callers]).count == 3)
    }
  }

  @Test func renewingKeepsAuthoritiesAndHostsAndMakesNewKeys() throws {
    let start = Date(timeIntervalSinceNow: -20 * Self.day)
    let certificates = try TestCertificates(at: start)
    defer { certificates.remove() }
    let directory = certificates.directory
    try directory.create(hosts: ["gateway.example", "10.0.0.7"], days: 30, isForced: true, at: start)
    let before = try certificates.credentials(of: .gateway)
    let names = try #require(
      try certificate("\(directory.path)/gateway/identity.pem").extensions.subjectAlternativeNames)

    #expect(try directory.renew(hosts: [], days: 30, endingWithin: 9 * Self.day, at: Date()).isEmpty)
    #expect(try certificates.credentials(of: .gateway) == before)
    #expect(
      try directory.renew(hosts: [], days: 30, endingWithin: 11 * Self.day, at: Date()) == [.gateway, .worker, .client])

    let after = try directory.tlsDirectory(of: .gateway).credentials(at: Date())
    #expect(after.identity != before.identity)
    #expect(after.callers == before.callers && after.servers == before.servers)
    let renewed = try certificate("\(directory.path)/gateway/identity.pem")
    #expect(try renewed.extensions.subjectAlternativeNames == names)
    #expect(names.contains(.dnsName("gateway.example")))
    let addresses = names.compactMap { if case .ipAddress(let octets) = $0 { Array(octets.bytes) } else { nil } }
    #expect(addresses == [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1], [10, 0, 0, 7]])
    #expect(renewed.notValidAfter > Date(timeIntervalSinceNow: 29 * Self.day))
  }

  @Test func noCertificateOutlivesItsAuthority() throws {
    let start = Date(timeIntervalSinceNow: -3580 * Self.day)
    try withCertificates(at: start) { certificates in
      _ = try certificates.directory.renew(hosts: [], days: 3650, at: Date())
      let path = certificates.directory.path
      let leaf = try certificate("\(path)/worker/identity.pem")
      #expect(leaf.notValidAfter == (try certificate("\(path)/authorities/worker.pem")).notValidAfter)
    }
    try withCertificates(at: Date(timeIntervalSinceNow: -3700 * Self.day)) { certificates in
      let error = try refusal { _ = try certificates.directory.renew(hosts: [], days: 1, at: Date()) }
      #expect(error.code == .expired && error.message.contains("authority"))
    }
  }

  @Test(arguments: [
    ("gateway/identity.pem", 0o644, CredentialError.Code.permissions), ("gateway/identity.pem", 0o660, .permissions),
    ("gateway/callers.pem", 0o622, .permissions), ("gateway/servers.pem", 0o606, .permissions),
  ])
  func aFileThatOthersReadOrWriteIsNamed(_ name: String, _ mode: Int, _ code: CredentialError.Code) throws {
    try withCertificates { certificates in
      let path = "\(certificates.directory.path)/\(name)"
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let error = try refusal { _ = try certificates.credentials(of: .gateway) }
      #expect(error.code == code)
      #expect(error.message.contains(path) && error.message.contains(String(mode, radix: 8)))
    }
  }

  @Test func whatIsMissingTornTooLongOrSomethingElseIsNamed() throws {
    try withCertificates { certificates in
      let folder = "\(certificates.directory.path)/gateway"
      let path = "\(folder)/identity.pem"
      let whole = try String(contentsOfFile: path, encoding: .utf8)
      func found(_ text: String) throws -> CredentialError {
        try PrivateFile.replace(path, with: text)
        let error = try refusal { _ = try certificates.credentials(of: .gateway) }
        #expect(error.message.contains(path))
        return error
      }
      for count in stride(from: 0, to: whole.utf8.count - 2, by: 37) {
        #expect(try found(String(whole.prefix(count))).code == .malformed, "\(count) bytes")
      }
      #expect(try found("garbage").code == .malformed)
      #expect(try found(String(repeating: whole, count: 100)).code == .malformed)
      let key = P256.Signing.PrivateKey().pemRepresentation
      let certificate = whole[..<whole.firstRange(of: "-----BEGIN PRIVATE")!.lowerBound]
      #expect(try found(certificate + key).code == .mismatch)
      try FileManager.default.removeItem(atPath: path)
      #expect(try refusal { _ = try certificates.credentials(of: .gateway) }.code == .missing)
      try PrivateFile.replace(path, with: whole)
      for name in ["callers", "servers"] { try FileManager.default.removeItem(atPath: "\(folder)/\(name).pem") }
      #expect(try refusal { _ = try certificates.credentials(of: .gateway) }.code == .missing)
    }
  }

  @Test func aCertificateThatHasEndedOrNotBegunIsNamedWithItsTime() throws {
    try withCertificates { certificates in
      let directory = certificates.directory.tlsDirectory(of: .worker)
      let late = try refusal { _ = try directory.credentials(at: Date(timeIntervalSinceNow: 2 * Self.day)) }
      #expect(late.code == .expired && late.message.contains("renew"))
      let early = try refusal { _ = try directory.credentials(at: Date(timeIntervalSinceNow: -2 * Self.day)) }
      #expect(early.code == .expired && early.message.contains("clock"))
    }
  }

  @Test(arguments: ["", "a b", "http://x", "*.", "x/24", "a_b", String(repeating: "a", count: 254), "é"])
  func aHostThatCannotBeDialledIsRefused(_ host: String) throws {
    let directory = CertificateDirectory("/tmp/llava-certs-\(UUID().uuidString)")
    let error = try refusal { try directory.create(hosts: [host], days: 1, isForced: false, at: Date()) }
    #expect(error.code == .usage)
    #expect(!FileManager.default.fileExists(atPath: directory.path))
  }
}
