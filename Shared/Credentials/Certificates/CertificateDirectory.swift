public import Foundation
import X509

/// Where `llava certs` keeps the authorities of all roles, and makes a TLS directory for each.
///
/// ```
/// authorities/{gateway,worker,client}.pem   certificates and keys: they stay on the machine that certifies
/// gateway/ worker/ client/                  what each process gets: identity.pem, callers.pem, servers.pem
/// ```
public struct CertificateDirectory: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// The directory that processes of a role are given.
  public func tlsDirectory(of role: CertificateRole) -> TLSDirectory { TLSDirectory("\(path)/\(role)") }

  private var authoritiesPath: String { "\(path)/authorities" }
  private func authorityPath(_ role: CertificateRole) -> String { "\(authoritiesPath)/\(role).pem" }
  private func identityPath(_ role: CertificateRole) -> String { "\(path)/\(role)/\(TLSDirectory.identityName)" }

  /// Makes authorities and a certificate of each role. What is there is replaced only if `isForced`.
  public func create(hosts: [String], days: Int, isForced: Bool, at now: Date) throws(CredentialError) {
    let hosts = try Self.checked(Host.own + hosts)
    try Self.check(days)
    let paths = CertificateRole.allCases.flatMap { [authorityPath($0), identityPath($0)] }
    if !isForced, let path = paths.first(where: PrivateFile.exists) {
      throw CredentialError(
        .exists,
        "\(path) is there already: renew the certificates (llava certs renew), or say --force to make new authorities, "
          + "which no process believes before it has them")
    }
    try PrivateFile.makeDirectory(path)
    try PrivateFile.makeDirectory(authoritiesPath)
    var certificates: [CertificateRole: String] = [:]
    for role in CertificateRole.allCases {
      let authority = try CertificateAuthority(for: role, at: now)
      certificates[role] = try authority.signed.certificate.pem()
      try PrivateFile.replace(authorityPath(role), with: authority.signed.pem())
      try PrivateFile.makeDirectory(tlsDirectory(of: role).path)
      try PrivateFile.replace(identityPath(role), with: authority.certify(hosts, days: days, at: now).pem())
    }
    for role in CertificateRole.allCases {
      for (name, believed) in [(TLSDirectory.callersName, role.callers), (TLSDirectory.serversName, role.servers)] {
        guard let certificate = believed.flatMap({ certificates[$0] }) else { continue }
        try PrivateFile.replace("\(path)/\(role)/\(name)", with: certificate)
      }
    }
  }

  /// Makes new certificates by the authorities that there are; for the same hosts, unless others are named. Where
  /// `remaining` is given, only those that end within it. Returns the roles that have new ones.
  public func renew(
    hosts: [String], days: Int, endingWithin remaining: TimeInterval? = nil, at now: Date
  ) throws(CredentialError) -> [CertificateRole] {
    try Self.check(days)
    var renewed: [CertificateRole] = []
    for role in CertificateRole.allCases {
      let current = try signedKey(at: identityPath(role)).certificate
      if let remaining, current.notValidAfter.timeIntervalSince(now) > remaining { continue }
      let names = hosts.isEmpty ? current.hostNames : Host.own + hosts
      let authority = try signedKey(at: authorityPath(role))
      let signed = try CertificateAuthority(for: role, signed: authority)
        .certify(try Self.checked(names), days: days, at: now)
      try PrivateFile.replace(identityPath(role), with: signed.pem())
      renewed.append(role)
    }
    return renewed
  }

  private func signedKey(at path: String) throws(CredentialError) -> SignedKey {
    try SignedKey(pem: PrivateFile.text(at: path, isSecret: true, limit: Limits.pemByteCount), in: path)
  }

  private static func check(_ days: Int) throws(CredentialError) {
    guard (1...Limits.dayCount).contains(days) else {
      throw CredentialError(.usage, "expected 1 to \(Limits.dayCount) days, found \(days)")
    }
  }

  private static func checked(_ texts: [String]) throws(CredentialError) -> [Host] {
    var hosts: [Host] = []
    for text in texts {
      let host = try Host(text)
      if !hosts.contains(host) { hosts.append(host) }
    }
    guard hosts.count <= Limits.hostCount else {
      throw CredentialError(.usage, "expected at most \(Limits.hostCount) hosts, found \(hosts.count)")
    }
    return hosts
  }
}

extension Certificate {
  /// The names and the numbers that it is for.
  fileprivate var hostNames: [String] {
    // One that cannot be read is none of ours, and then has none of our names.
    let names = (try? extensions.subjectAlternativeNames).flatMap { $0 } ?? SubjectAlternativeNames()
    return names.compactMap { name in
      switch name {
      case .dnsName(let text): text
      case .ipAddress(let octets): try? Host(octets: octets.bytes).text
      default: nil
      }
    }
  }
}
