public import Foundation
public import RPC
import SwiftASN1
import X509

/// The directory that a process is given with `--tls-directory`: its own certificate and whom it believes.
public struct TLSDirectory: Sendable {
  /// A certificate and its key; for the owner's eyes only.
  static let identityName = "identity.pem"
  /// The authority of those who may connect; absent where nobody may.
  static let callersName = "callers.pem"
  /// The authority of the services that are connected to; absent where there are none.
  static let serversName = "servers.pem"

  public let path: String

  public init(_ path: String) { self.path = path }

  /// Reads all of it and looks at every certificate; what is wrong is named before anybody listens or connects.
  public func credentials(at now: Date) throws(CredentialError) -> TLSCredentials {
    let identityPath = "\(path)/\(Self.identityName)"
    let identity = try PrivateFile.text(at: identityPath, isSecret: true, limit: Limits.pemByteCount)
    let signed = try SignedKey(pem: identity, in: identityPath)
    try signed.check(at: now, identityPath, advice: "renew it: llava certs renew")
    let credentials = TLSCredentials(
      identity: identity, callers: try authority(Self.callersName, at: now),
      servers: try authority(Self.serversName, at: now))
    guard credentials.callers != nil || credentials.servers != nil else {
      throw CredentialError(
        .missing, "\(path): expected \(Self.callersName), \(Self.serversName) or both, found neither")
    }
    return credentials
  }

  /// Until when its own certificate is good.
  public func expiry() throws(CredentialError) -> Date {
    let identityPath = "\(path)/\(Self.identityName)"
    let identity = try PrivateFile.text(at: identityPath, isSecret: true, limit: Limits.pemByteCount)
    return try SignedKey(pem: identity, in: identityPath).certificate.notValidAfter
  }

  private func authority(_ name: String, at now: Date) throws(CredentialError) -> String? {
    let path = "\(path)/\(name)"
    guard PrivateFile.exists(path) else { return nil }
    let text = try PrivateFile.text(at: path, isSecret: false, limit: Limits.pemByteCount)
    let certificate: Certificate
    do {
      certificate = try Certificate(pemEncoded: text)
    } catch {
      throw CredentialError(.malformed, "\(path): expected an authority's certificate in PEM: \(error)")
    }
    try certificate.check(at: now, path, advice: "make new authorities: llava certs init --force")
    return text
  }
}
