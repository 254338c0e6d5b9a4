public import Concurrency
public import FeatureTiers
import RESP

/// A node of Valkey or Redis as a tier. It sees digests and sealed values only where a `SealedTier` stands before it.
public struct StoreNode: FeatureTier {
  let connection: NodeConnection
  private let timeToLive: Duration

  /// Gives a lease back only to whoever still has it.
  private static let releasing = Array(
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end".utf8)

  init(_ connection: NodeConnection, timeToLive: Duration) {
    self.connection = connection
    self.timeToLive = timeToLive
  }

  /// Its address, which decides what keys it has.
  public var name: String { "\(connection.address)" }

  public func get(_ key: TierKey, by deadline: Instant) async throws -> [UInt8]? {
    switch try await connection.ask(RESPCommand("GET", name("value", key)), by: deadline) {
    case .bytes(let bytes): bytes
    case .null: nil
    case let other: throw error(other)
    }
  }

  public func put(_ key: TierKey, _ value: [UInt8], by deadline: Instant) async throws {
    let command = RESPCommand("SET", name("value", key), value, Array("PX".utf8), milliseconds(timeToLive))
    let reply = try await connection.ask(command, by: deadline)
    guard reply == .text("OK") else { throw error(reply) }
  }

  public func lease(_ key: TierKey, for duration: Duration, by deadline: Instant) async throws -> TierLease? {
    var generator = SystemRandomNumberGenerator()
    let token = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let command = RESPCommand(
      "SET", name("lease", key), token, Array("NX".utf8), Array("PX".utf8), milliseconds(duration))
    switch try await connection.ask(command, by: deadline) {
    case .text("OK"): return TierLease(key, token: token)
    case .null: return nil
    case let other: throw error(other)
    }
  }

  public func release(_ lease: TierLease, by deadline: Instant) async throws {
    let command = RESPCommand("EVAL", Self.releasing, [UInt8(ascii: "1")], name("lease", lease.key), lease.token)
    let reply = try await connection.ask(command, by: deadline)
    guard case .integer = reply else { throw error(reply) }
  }

  private func name(_ kind: String, _ key: TierKey) -> [UInt8] { Array("llava:v1:\(kind):".utf8) + key.bytes }

  private func milliseconds(_ duration: Duration) -> [UInt8] { Array("\(max(1, duration.millisecondsRoundedUp))".utf8) }

  /// "OOM" is what a node says that may not grow, "MISCONF" one whose disk is full.
  private func error(_ reply: RESPValue) -> TierError {
    let words = reply.words
    let isFull = words.hasPrefix("OOM ") || words.hasPrefix("MISCONF ")
    return TierError(isFull ? .full : .refused, "\(name): \(words)")
  }
}
