import X509

/// What a process is to its peers. Each role has an authority of its own, which is how the others know it: the name in a
/// certificate is not looked at where somebody calls.
public enum CertificateRole: String, Sendable, CaseIterable {
  case gateway, worker, client

  /// The authority of those who may call it.
  var callers: CertificateRole? {
    switch self {
    case .gateway: .client
    case .worker: .gateway
    case .client: nil
    }
  }

  /// The authority of those whom it calls.
  var servers: CertificateRole? {
    switch self {
    case .gateway: .worker
    case .worker: nil
    case .client: .gateway
    }
  }

  var usages: [ExtendedKeyUsage.Usage] {
    (callers == nil ? [] : [.serverAuth]) + (servers == nil ? [] : [.clientAuth])
  }
}
