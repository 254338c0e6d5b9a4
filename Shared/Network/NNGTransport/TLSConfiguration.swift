import CNNG
import RPC

/// What one listener or one dial does about TLS: version 1.2, with certificates of both ends required.
struct TLSConfiguration: ~Copyable {
  let raw: OpaquePointer

  /// Believes who was certified for calling.
  static func listener(
    _ credentials: TLSCredentials?, at address: Address
  ) throws(ServiceError) -> TLSConfiguration {
    let credentials = try present(credentials, address)
    guard let callers = credentials.callers else {
      throw ServiceError(
        .unavailable, "cannot listen at \(address): the TLS directory names no authority of callers (callers.pem)")
    }
    let configuration = try TLSConfiguration(NNG_TLS_MODE_SERVER, address)
    try configuration.show(credentials.identity, believing: callers, at: address)
    return configuration
  }

  /// Believes who was certified as a service, under the name that was dialled.
  static func dialer(_ credentials: TLSCredentials?, to address: Address) throws(ServiceError) -> TLSConfiguration {
    let credentials = try present(credentials, address)
    guard let servers = credentials.servers else {
      throw ServiceError(
        .unavailable, "cannot connect to \(address): the TLS directory names no authority of servers (servers.pem)")
    }
    let configuration = try TLSConfiguration(NNG_TLS_MODE_CLIENT, address)
    try configuration.show(credentials.identity, believing: servers, at: address)
    try check(
      nng_tls_config_server_name(configuration.raw, address.certifiedHost ?? ""), "set the server name of", address)
    return configuration
  }

  private static func present(
    _ credentials: TLSCredentials?, _ address: Address
  ) throws(ServiceError) -> TLSCredentials {
    guard let credentials else {
      throw ServiceError(
        .unavailable, "\(address) needs certificates: name their directory with --tls-directory (`llava certs init`)")
    }
    return credentials
  }

  private init(_ mode: nng_tls_mode, _ address: Address) throws(ServiceError) {
    var raw: OpaquePointer?
    let code = nng_tls_config_alloc(&raw, mode)
    guard let raw else { throw ServiceError(nng: code, "prepare TLS for", address) }
    self.raw = raw
  }

  deinit { nng_tls_config_free(raw) }  // a dialer or listener that uses it holds it itself

  /// Shows `identity`, and believes nobody whom `authority` has not certified.
  private func show(_ identity: String, believing authority: String, at address: Address) throws(ServiceError) {
    // nng reads the certificate and the key out of one text each.
    try check(nng_tls_config_own_cert(raw, identity, identity, nil), "use the certificate (identity.pem) for", address)
    try check(nng_tls_config_ca_chain(raw, authority, nil), "use the authority's certificate for", address)
    try check(nng_tls_config_version(raw, NNG_TLS_1_2, NNG_TLS_1_2), "ask for TLS 1.2 at", address)
    // Not nng's default: a listener would take anybody.
    try check(nng_tls_config_auth_mode(raw, NNG_TLS_AUTH_MODE_REQUIRED), "ask for certificates at", address)
  }
}
