import NIOCore
import NIOSSL
import RPC

/// Why two peers did not get on.
enum HandshakeFailure: Error {
  enum Side { case dialled, accepted }

  /// It took too long.
  case stalled
  /// This side did not take the other's certificate.
  case ours(String)
  /// The other side did not take this one's.
  case theirs(String)
  /// The other side went, or spoke something else.
  case ended(String)

  init(_ error: any Error) {
    switch error {
    case let failure as HandshakeFailure: self = failure
    case let error as NIOSSLExtraError
    where error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch:
      self = .ours("\(error)")
    case NIOSSLError.noCertificateToValidate, NIOSSLError.unableToValidateCertificate: self = .ours("\(error)")
    case NIOSSLError.handshakeFailed(let cause): self.init(cause)
    case BoringSSLError.sslError(let stack): self.init(reason: stack.map(Self.reason(of:)).joined(separator: ", "))
    default: self = .ended("\(error)")
    }
  }

  /// BoringSSL's names: an alert is the other side's word, and what else concerns a certificate is this one's.
  private init(reason: String) {
    let isAlert = reason.contains("_ALERT_")
    if isAlert, reason.contains("CERTIFICATE") || reason.contains("UNKNOWN_CA") {
      self = .theirs(reason)
    } else if !isAlert, reason.contains("CERTIFICATE") {
      self = .ours(reason)
    } else {
      self = .ended(reason)
    }
  }

  /// The name alone out of `Error: NUMBER error:NUMBER:SSL routines:OPENSSL_internal:NAME at FILE:LINE`.
  private static func reason(of error: BoringSSLInternalError) -> String {
    let text = error.description
    guard let start = text.firstRange(of: "OPENSSL_internal:") else { return text }
    return String(text[start.upperBound...].prefix { $0 != " " })
  }

  /// What the side that gives up says of its `peer`.
  func refusal(by side: Side, of peer: String) -> ServiceError {
    switch self {
    case .stalled: ServiceError(.unavailable, "\(peer): the TLS handshake stalled and was given up")
    case .ours(let reason): ServiceError(.unauthenticated, "\(peer): \(Self.ours(side)) (\(reason))")
    case .theirs(let reason): ServiceError(.unauthenticated, "\(peer): \(Self.theirs) (\(reason))")
    case .ended(let reason):
      ServiceError(
        .unavailable, "\(peer): the connection ended within the TLS handshake: \(Self.theirs) (\(reason))")
    }
  }

  private static func ours(_ side: Side) -> String {
    switch side {
    case .accepted:
      "refused: its certificate is missing, expired, or not signed by the authority of callers (callers.pem)"
    case .dialled:
      "refused: its certificate is expired, for another host, or not signed by the authority of servers (servers.pem)"
    }
  }

  private static let theirs =
    "the peer does not speak TLS, or refuses our certificate (identity.pem), which may be expired or of another role"
}
