import Crypto
import Foundation
import SwiftASN1
import X509

/// Who certifies the processes of one role.
struct CertificateAuthority {
  /// A peer's clock may be behind ours by this much.
  private static let clockSkew: TimeInterval = 300

  let role: CertificateRole
  let signed: SignedKey

  /// A new one, which lasts ten years.
  init(for role: CertificateRole, at now: Date) throws(CredentialError) {
    let key = P256.Signing.PrivateKey()
    let name = try Self.name("llava \(role) authority \(Self.digits(of: key))")
    self.role = role
    do {
      signed = SignedKey(
        certificate: try Certificate(
          version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
          notValidBefore: now.addingTimeInterval(-Self.clockSkew),
          notValidAfter: now.addingTimeInterval(TimeInterval(Limits.dayCount) * 86400), issuer: name, subject: name,
          signatureAlgorithm: .ecdsaWithSHA256,
          extensions: try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
          }, issuerPrivateKey: Certificate.PrivateKey(key)), key: key)
    } catch {
      throw CredentialError(.malformed, "the \(role) authority: \(error)")
    }
  }

  /// One that was made before.
  init(for role: CertificateRole, signed: SignedKey) {
    self.role = role
    self.signed = signed
  }

  /// A certificate for a process at `hosts`, and its key; never longer than the authority itself.
  func certify(_ hosts: [Host], days: Int, at now: Date) throws(CredentialError) -> SignedKey {
    try signed.check(at: now, "the \(role) authority", advice: "make new authorities: llava certs init --force")
    let key = P256.Signing.PrivateKey()
    let subject = try Self.name("llava \(role)")
    let authority = signed
    let end = min(now.addingTimeInterval(TimeInterval(days) * 86400), authority.certificate.notValidAfter)
    do {
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: max(now.addingTimeInterval(-Self.clockSkew), authority.certificate.notValidBefore),
        notValidAfter: end, issuer: authority.certificate.subject, subject: subject,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage(role.usages)
          SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
          SubjectAlternativeNames(hosts.map(\.name))
        }, issuerPrivateKey: Certificate.PrivateKey(authority.key))
      return SignedKey(certificate: certificate, key: key)
    } catch {
      throw CredentialError(.malformed, "a certificate of the \(role): \(error)")
    }
  }

  /// Authorities that were made at different times have different names, for those who read a refusal.
  private static func digits(of key: P256.Signing.PrivateKey) -> String {
    SHA256.hash(data: key.publicKey.rawRepresentation).prefix(4).map { String(format: "%02x", $0) }.joined()
  }

  private static func name(_ text: String) throws(CredentialError) -> DistinguishedName {
    do {
      return try DistinguishedName { CommonName(text) }
    } catch {
      throw CredentialError(.malformed, "\(text): \(error)")
    }
  }
}
