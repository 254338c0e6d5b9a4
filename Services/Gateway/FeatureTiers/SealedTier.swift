public import Concurrency
import Crypto

/// A tier that others can read and write: values are sealed with AES-256-GCM for their key and contract, and what does
/// not open is a miss.
///
/// Nonces are random: one key is good for 2^32 values (NIST SP 800-38D, 8.3).
public struct SealedTier: FeatureTier {
  private let tier: any FeatureTier
  private let key: StoreKey
  private let ledger: TierLedger

  public init(_ tier: any FeatureTier, key: StoreKey, ledger: TierLedger) {
    self.tier = tier
    self.key = key
    self.ledger = ledger
  }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    guard let sealed = try await tier.get(name(of: key), by: deadline) else { return nil }
    guard let value = open(sealed, under: key) else {
      ledger.count(.damages, firstTime: "a value does not open: it was damaged, or sealed with another key")
      return nil
    }
    return value
  }

  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    try await tier.put(name(of: key), try seal(value, under: key), by: deadline)
  }

  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    try await tier.lease(name(of: key), for: duration, by: deadline)
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    try await tier.release(lease, by: deadline)
  }

  private func seal(_ value: [UInt8], under key: TierKey) throws -> [UInt8] {
    let box = try AES.GCM.seal(value, using: self.key.sealing, authenticating: key.bytes + key.contract)
    return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
  }

  private func open(_ sealed: [UInt8], under key: TierKey) -> [UInt8]? {
    // Whatever is wrong with it, it is not used.
    guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
    return (try? AES.GCM.open(box, using: self.key.sealing, authenticating: key.bytes + key.contract)).map { Array($0) }
  }

  private func name(of key: TierKey) -> TierKey {
    let name = HMAC<SHA256>.authenticationCode(for: key.bytes + key.contract, using: self.key.naming)
    return TierKey(bytes: Array(name), contract: key.contract)
  }
}
