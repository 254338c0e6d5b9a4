public import Concurrency
public import Contracts
public import Credentials
public import RPC

/// The callers of a gateway, known by their tokens. What `llava token` changes holds within a second.
public final class TokenFile: CallerAuthenticating {
  /// How often it is looked whether the file has changed: on use, and at most so often.
  private static let lookInterval: Duration = .seconds(1)

  private struct State {
    var list: TokenList
    var stamp: PrivateFile.Stamp?
    var nextLook: Instant
  }

  private let path: String
  private let clock: any MonotonicClock
  private let failed: @Sendable (String) -> Void
  private let state: Lock<State>

  /// Throws where the file cannot be used. Once it could be, a damaged one that replaces it is reported to `failed`, and
  /// what was read before goes on to hold: letting all in or nobody would both be worse.
  public init(
    _ path: String, clock: any MonotonicClock, failed: @escaping @Sendable (String) -> Void
  ) throws(CredentialError) {
    self.path = path
    self.clock = clock
    self.failed = failed
    let stamp = PrivateFile.Stamp(of: path)  // before the reading: a change in between is seen later
    state = Lock(
      State(list: try TokenList(contentsOf: path), stamp: stamp, nextLook: clock.now + Self.lookInterval))
  }

  public func caller(presenting token: String?, at door: Address?) throws(ServiceError) -> Caller {
    guard let token else {
      throw ServiceError(
        .unauthenticated, "this gateway wants a token: name its file with --token-file or LLAVA_TOKEN_FILE")
    }
    guard let token = Token(token), let record = current().record(of: token) else {
      throw ServiceError(.unauthenticated, "the token is unknown here, or was revoked; ask for another one")
    }
    return Caller(record)
  }

  private func current() -> TokenList {
    let now = clock.now
    let failure: String?
    let list: TokenList
    (list, failure) = state.withLock { state in
      guard now >= state.nextLook else { return (state.list, nil) }
      state.nextLook = now + Self.lookInterval
      let stamp = PrivateFile.Stamp(of: path)
      guard stamp != state.stamp else { return (state.list, nil) }
      state.stamp = stamp
      do throws(CredentialError) {
        state.list = try TokenList(contentsOf: path)
        return (state.list, nil)
      } catch {
        return (state.list, "\(error.message); the tokens that were read before go on to hold")
      }
    }
    if let failure { failed(failure) }
    return list
  }
}

extension Caller {
  init(_ record: TokenRecord) {
    self.init(
      name: record.name, tenant: record.tenant, isAdmin: record.admin,
      limits: CallerLimits(
        requestsInFlight: record.requestsInFlight, imageBytesPerMinute: record.imageBytesPerMinute,
        tokensPerMinute: record.tokensPerMinute))
  }
}
