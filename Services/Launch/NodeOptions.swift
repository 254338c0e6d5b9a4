public import ArgumentParser
public import Concurrency
public import FeatureTiers
public import Logging
public import StoreClient
public import Telemetry

/// Nodes of Valkey or Redis for what gateways have seen, which several of them share.
public struct NodeOptions: ParsableArguments, Sendable {
  @Option(
    help:
      "A node of the store that gateways share, such as rediss://HOST:6379; may be repeated. Replaces the directory.",
    transform: StoreAddress.parsed)
  public var store: [StoreAddress] = []

  @Option(help: "The cluster's key, the same on every gateway; llava store-key makes one.", completion: .file())
  public var storeKey: String?

  @Option(help: "The user that the nodes know this gateway as (default: theirs).")
  public var storeUser: String?

  @Option(help: "A file with the nodes' password.", completion: .file())
  public var storePassword: String?

  @Option(help: "A PEM file with who signed the nodes' certificates (default: the system's).", completion: .file())
  public var storeAuthority: String?

  @Option(help: "A PEM file with this gateway's certificate, for nodes that want one.", completion: .file())
  public var storeCertificate: String?

  @Option(help: "A PEM file with the key of that certificate.", completion: .file())
  public var storePrivateKey: String?

  @Option(
    help: "How long a node may take to answer before it is left alone (default: 500ms).", transform: Duration.parsed)
  public var storeTimeout: Duration?

  public init() {}

  var timeout: Duration { storeTimeout ?? .milliseconds(500) }

  /// A password and its line break.
  private static let passwordByteLimit = 4096

  /// The client of the nodes, and the tier that they are together; nothing where none is named.
  public func tier(
    clock: any MonotonicClock, isInsecureAllowed: Bool, metrics: MetricRegistry, logger: Logger
  ) throws(LaunchError) -> (client: StoreClient, tier: SecondTier)? {
    guard !store.isEmpty else { return nil }
    if let exposed = store.first(where: \.isExposed), !isInsecureAllowed {
      throw LaunchError(
        .usage,
        "\(exposed) leaves this machine unencrypted: use rediss://, or --insecure on a network that you trust")
    }
    guard let storeKey else {
      throw LaunchError(
        .usage, "--store needs --store-key FILE, which llava store-key FILE makes once for all gateways")
    }
    let ledger = TierLedger(.store, metrics: metrics, logger: logger)
    do throws(TierError) {
      let key = try StoreKey(file: storeKey)
      let client = try StoreClient(to: store, try options(), clock: clock)
      let tier = client.tier(sealedWith: key, patience: timeout, ledger: ledger, clock: clock)
      return (client, SecondTier(tier, ledger: ledger, clock: clock))
    } catch {
      throw LaunchError(.usage, error.message)
    }
  }

  private func options() throws(TierError) -> StoreOptions {
    var options = StoreOptions()
    options.connectTimeout = timeout
    options.certificates = StoreOptions.Certificates(
      authority: storeAuthority, certificate: storeCertificate, privateKey: storePrivateKey)
    guard let storePassword else { return options }
    do throws(LaunchError) {
      let bytes = try fileBytes(at: storePassword, limit: Self.passwordByteLimit)
      let line = bytes.prefix { $0 != 10 && $0 != 13 }
      options.credentials = StoreOptions.Credentials(
        user: storeUser, password: String(decoding: line, as: UTF8.self))
    } catch {
      throw TierError(.configuration, "--store-password: \(error.message)")
    }
    return options
  }
}

extension NodeOptions: Configurable {
  public static var settings: [Setting<NodeOptions>] {
    [
      Setting("store", \.store, result: \.store), Setting("store-key", \.storeKey), Setting("store-user", \.storeUser),
      Setting("store-password", \.storePassword), Setting("store-authority", \.storeAuthority),
      Setting("store-certificate", \.storeCertificate), Setting("store-private-key", \.storePrivateKey),
      Setting("store-timeout", \.storeTimeout, result: \.timeout),
    ]
  }
}

extension StoreAddress: SettingValue {
  public static var expectation: String { "redis://HOST:PORT, rediss://HOST:PORT (TLS) or unix:///PATH" }
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}
