public import Credentials
public import Foundation
public import RPC

/// Certificates of all roles in a folder under the temporary one, which `remove` removes.
public struct TestCertificates: Sendable {
  public let directory: CertificateDirectory
  private let now: Date

  /// How old the authorities are, so that a test can have them certify for a time that is over.
  private static let authorityAge: TimeInterval = 60 * 86400

  /// Certified at `now`, for a day.
  public init(at now: Date = Date()) throws {
    self.now = now
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-certs-\(UUID().uuidString)").path
    directory = CertificateDirectory(path)
    try directory.create(hosts: [], days: 1, isForced: false, at: now.addingTimeInterval(-Self.authorityAge))
    _ = try directory.renew(hosts: [], days: 1, at: now)
  }

  /// What processes of a role are given.
  public func credentials(of role: CertificateRole) throws -> TLSCredentials {
    try directory.tlsDirectory(of: role).credentials(at: now)
  }

  /// For a transport that both listens and connects to itself.
  public func ownCredentials() throws -> TLSCredentials {
    TLSCredentials(
      identity: try credentials(of: .gateway).identity, callers: try credentials(of: .worker).callers,
      servers: try credentials(of: .client).servers)
  }

  public func remove() { try? FileManager.default.removeItem(atPath: directory.path) }  // left behind at worst

  /// For transports that both listen and connect, whoever made them.
  public static func once() throws -> TLSCredentials {
    let certificates = try TestCertificates()
    defer { certificates.remove() }
    return try certificates.ownCredentials()
  }
}
