import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate and the private key that belongs to it; one file, so that one rename replaces both.
struct SignedKey {
  let certificate: Certificate
  let key: P256.Signing.PrivateKey

  init(certificate: Certificate, key: P256.Signing.PrivateKey) {
    self.certificate = certificate
    self.key = key
  }

  /// Reads the text of the file at `path`, which is named where something is wrong.
  init(pem: String, in path: String) throws(CredentialError) {
    let expectation = "\(path): expected one certificate and its P-256 key in PEM"
    let parsed: (Certificate, P256.Signing.PrivateKey)
    do {
      let documents = try PEMDocument.parseMultiple(pemString: pem)
      guard documents.count == 2, let certificate = documents.first(where: { $0.discriminator == "CERTIFICATE" }),
        let key = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") })
      else { throw CredentialError(.malformed, "\(expectation), found \(documents.map(\.discriminator))") }
      parsed = (
        try Certificate(pemDocument: certificate), try P256.Signing.PrivateKey(pemRepresentation: key.pemString)
      )
    } catch let error as CredentialError {
      throw error
    } catch {
      throw CredentialError(.malformed, "\(expectation): \(error)")
    }
    (certificate, key) = parsed
    guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
      throw CredentialError(.mismatch, "\(path): the key is not the certificate's; renew it: llava certs renew")
    }
  }

  func pem() throws(CredentialError) -> String { try certificate.pem() + key.pemRepresentation + "\n" }

  /// Throws where `now` is not within the certificate's time.
  func check(at now: Date, _ what: String, advice: String) throws(CredentialError) {
    try certificate.check(at: now, what, advice: advice)
  }
}

extension Certificate {
  func pem() throws(CredentialError) -> String {
    do {
      return try serializeAsPEM().pemString + "\n"
    } catch {
      throw CredentialError(.malformed, "\(error)")
    }
  }

  func check(at now: Date, _ what: String, advice: String) throws(CredentialError) {
    guard notValidBefore <= now else {
      throw CredentialError(
        .expired, "\(what) begins to be valid at \(notValidBefore.formatted(.iso8601)); is this machine's clock right?")
    }
    guard now < notValidAfter else {
      throw CredentialError(.expired, "\(what) was valid until \(notValidAfter.formatted(.iso8601)); \(advice)")
    }
  }
}
