import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Credentials

struct TokenTests {
  private var generator: SeededGenerator { SeededGenerator(seed: 7) }

  private func withPath(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-tokens-\(UUID().uuidString)").path
    defer { for suffix in ["", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    try body(path)
  }

  @Test func aTokenIsKnownAndItsFileDoesNotHoldIt() throws {
    try withPath { path in
      var generator = generator
      var list = TokenList()
      let alice = try list.add("alice", isAdmin: true, tenant: "north", requestsInFlight: 2, using: &generator)
      let bob = try list.add("bob", imageBytesPerMinute: 3, tokensPerMinute: 4, using: &generator)
      try list.write(to: path)
      let read = try TokenList(contentsOf: path)
      #expect(read.records == list.records)
      #expect(read.record(of: alice)?.name == "alice" && read.record(of: bob)?.name == "bob")
      #expect(try Token(#require(Token(alice.text)).text).flatMap(read.record)?.name == "alice")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      for token in [alice, bob] { #expect(!text.contains(token.text.suffix(64))) }
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func aForeignSecretUnderAKnownIdIsUnknown() throws {
    var generator = generator
    var list = TokenList()
    let token = try list.add("alice", using: &generator)
    let other = Token(using: &generator)
    let forged = try #require(Token("llava_\(token.id)_\(other.text.suffix(64))"))
    #expect(list.record(of: forged) == nil && list.record(of: other) == nil)
  }

  @Test func everyBitOfADigestCountsAndNothingElseComparesIt() {
    var generator = generator
    let token = Token(using: &generator)
    let digest = token.digest
    #expect(digest.bytes.count == 32 && digest.matches(token.digest))
    for bit in 0..<256 {
      var bytes = digest.bytes
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!digest.matches(SecretDigest(bytes: bytes)), "bit \(bit)")
    }
    #expect(!digest.matches(SecretDigest(bytes: Array(digest.bytes.dropLast()))))
    #expect(!((digest as Any) is any Equatable), "== would stop at the first difference")
  }

  @Test func aRevokedTokenIsUnknownAndItsNameIsFree() throws {
    var generator = generator
    var list = TokenList()
    let tokens = try ["a", "b", "c"].map { try list.add($0, using: &generator) }
    try list.revoke("b")
    #expect(tokens.map { list.record(of: $0)?.name } == ["a", nil, "c"])
    #expect(throws: CredentialError.self) { try list.revoke("b") }
    let again = try list.add("b", using: &generator)
    #expect(list.record(of: again)?.name == "b" && list.record(of: tokens[1]) == nil)
  }

  @Test(arguments: [
    "", "llava", "llava_", "llava__", "llava_000000000000_", "llava_00000000000g_" + String(repeating: "0", count: 64),
    "llava_000000000000_" + String(repeating: "A", count: 64),
    "llava_000000000000_" + String(repeating: "0", count: 63),
    "llava_000000000000_" + String(repeating: "0", count: 65), "x_000000000000_" + String(repeating: "0", count: 64),
  ])
  func whatIsNoTokenIsNone(_ text: String) { #expect(Token(text) == nil) }

  @Test func aFileThatIsTornAtAnyByteIsRefused() throws {
    try withPath { path in
      var generator = generator
      var list = TokenList()
      _ = try list.add("alice", using: &generator)
      try list.write(to: path)
      let whole = try String(contentsOfFile: path, encoding: .utf8)
      for count in 0..<whole.utf8.count - 2 {
        try PrivateFile.replace(path, with: String(whole.prefix(count)))
        let error = try #require(throws: CredentialError.self) { try TokenList(contentsOf: path) }
        #expect(error.code == .malformed && error.message.contains(path), "\(count) bytes")
      }
    }
  }

  @Test(arguments: [
    "garbage", "[]", #"{"version":2,"tokens":[]}"#, #"{"version":1,"tokens":[{}]}"#,
    #"{"version":1,"tokens":[{"name":"a","id":"0","sha256":"0","admin":false}]}"#,
    String(repeating: " ", count: 5 << 20),
  ])
  func whatIsNoListOfTokensIsRefused(_ text: String) throws {
    try withPath { path in
      try PrivateFile.replace(path, with: text)
      #expect(try #require(throws: CredentialError.self) { try TokenList(contentsOf: path) }.code == .malformed)
    }
  }

  @Test func aFileThatOthersMayReadIsRefused() throws {
    try withPath { path in
      try TokenList().write(to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: path)
      #expect(try #require(throws: CredentialError.self) { try TokenList(contentsOf: path) }.code == .permissions)
    }
  }

  @Test func aMisspelledLimitIsNoMissingLimit() throws {
    var generator = generator
    var list = TokenList()
    _ = try list.add("alice", requestsInFlight: 1, using: &generator)
    try withPath { path in
      try list.write(to: path)
      let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
        "requestsInFlight", with: "requestInFlight")
      try PrivateFile.replace(path, with: text)
      let error = try #require(throws: CredentialError.self) { try TokenList(contentsOf: path) }
      #expect(error.message.contains("requestInFlight"))
    }
  }

  @Test func namesAndLimitsThatCannotBeAreRefused() {
    var generator = generator
    var list = TokenList()
    for name in ["", "a b", "a\n", String(repeating: "a", count: 65)] {
      #expect(throws: CredentialError.self) { try list.add(name, using: &generator) }
      #expect(throws: CredentialError.self) { try list.add("x", tenant: name, using: &generator) }
    }
    #expect(throws: CredentialError.self) { try list.add("x", requestsInFlight: 0, using: &generator) }
    #expect(throws: CredentialError.self) { try list.add("x", imageBytesPerMinute: -1, using: &generator) }
    #expect(throws: CredentialError.self) { try list.add("x", tokensPerMinute: 0, using: &generator) }
    #expect(list.records.isEmpty)
  }

  @Test func ofChangesAtTheSameTimeNoneIsLost() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-tokens-\(UUID().uuidString)").path
    defer { for suffix in ["", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    try TokenList().write(to: path)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask {
          await BlockingThread.run {
            try? PrivateFile.changing(path) { () throws(CredentialError) in  // counted below
              var generator = SystemRandomNumberGenerator()
              var list = try TokenList(contentsOf: path)
              _ = try list.add("n\(number)", using: &generator)
              try list.write(to: path)
            }
          }
        }
      }
    }
    #expect(try TokenList(contentsOf: path).records.count == 16)
  }
}
