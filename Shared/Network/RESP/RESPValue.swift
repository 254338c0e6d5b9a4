/// A reply of a Valkey or Redis server, as RESP2 has it (valkey.io/topics/protocol).
public enum RESPValue: Equatable, Sendable {
  case text(String)
  /// The server's own refusal, such as "WRONGPASS invalid username-password pair".
  case refusal(String)
  case integer(Int)
  case bytes([UInt8])
  /// An absent string or array.
  case null
  case array([RESPValue])
}
