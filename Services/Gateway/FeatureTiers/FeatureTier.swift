public import Concurrency

/// What a feature is called in every tier, and what it has to be.
public struct TierKey: Hashable, Sendable {
  /// Bytes of either digest.
  public static let digestByteCount = 32

  /// SHA-256 over all that the feature depends on.
  public let bytes: [UInt8]
  /// SHA-256 over what makes a feature fit for a model: its contract, its tower, its numbers' types.
  public let contract: [UInt8]

  public init(bytes: [UInt8], contract: [UInt8]) {
    precondition(
      bytes.count == Self.digestByteCount && contract.count == Self.digestByteCount,
      "a key of \(bytes.count) and a contract of \(contract.count) bytes; both have \(Self.digestByteCount)")
    self.bytes = bytes
    self.contract = contract
  }
}

/// The right to fill a missing key, which others wait for.
public struct TierLease: Sendable {
  public let key: TierKey
  /// Known to nobody else.
  public let token: [UInt8]
  /// Which of several nodes gave it.
  public internal(set) var node = 0

  public init(_ key: TierKey, token: [UInt8]) {
    self.key = key
    self.token = token
  }
}

/// A place behind the gateway's memory where features are kept: a directory, a node of a store. One of the seams of a
/// test, which may be slow, or fail.
///
/// Whatever it does costs time and nothing else. All calls return soon after their deadline or a cancellation, and
/// throw `TierError` or `CancellationError`.
public protocol FeatureTier: Sendable {
  /// The value under `key`, whole and as it was put; nothing where there is none.
  func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]?

  /// Keeps `value`, for as long as there is room.
  func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws

  /// The right to fill `key`, which ends by itself after `duration` or with the process; nothing where another has it.
  func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease?

  /// Gives a right back, unless it has ended.
  func release(_ lease: TierLease, by deadline: Instant) async throws
}
