import Access
import Concurrency
import Contracts
import Credentials
import Foundation
import RPC
import TestSupport
import Testing

/// Who is let in by the file of tokens, while it changes.
struct TokenFileTests {
  private func withFile(_ body: (String, ManualClock, Lock<[String]>) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-tokens-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }  // left behind at worst
    try body(path, ManualClock(), Lock([]))
  }

  private func file(_ path: String, _ clock: ManualClock, _ failures: Lock<[String]>) throws -> TokenFile {
    try TokenFile(path, clock: clock) { text in failures.withLock { $0.append(text) } }
  }

  private func add(_ name: String, to list: inout TokenList, isAdmin: Bool = false) throws -> String {
    var generator = SystemRandomNumberGenerator()
    return try list.add(name, isAdmin: isAdmin, tenant: "t", requestsInFlight: 3, using: &generator).text
  }

  private func code(_ file: TokenFile, _ token: String?) -> ServiceError.Code? {
    do {
      _ = try file.caller(presenting: token, at: nil)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func onlyAKnownTokenIsLetInWhereverItComesFrom() throws {
    try withFile { path, clock, failures in
      var list = TokenList()
      let (alice, admin) = (try add("alice", to: &list), try add("root", to: &list, isAdmin: true))
      try list.write(to: path)
      let file = try file(path, clock, failures)
      for door in [nil, try Address("ipc:///s"), try Address("tcp://127.0.0.1:1")] {
        let caller = try file.caller(presenting: alice, at: door)
        #expect(caller.name == "alice" && caller.tenant == "t" && !caller.isAdmin)
        #expect(caller.limits == CallerLimits(requestsInFlight: 3))
        #expect(try file.caller(presenting: admin, at: door).isAdmin)
        #expect(throws: ServiceError.self) { try file.caller(presenting: nil, at: door) }
      }
      for token in [nil, "", "x", String(alice.dropLast()) + "x", alice + "0"] {
        #expect(code(file, token) == .unauthenticated, "\(token ?? "none")")
      }
    }
  }

  @Test func whatIsAddedOrRevokedHoldsWithinASecondAndNotSooner() throws {
    try withFile { path, clock, failures in
      var list = TokenList()
      let alice = try add("alice", to: &list)
      try list.write(to: path)
      let file = try file(path, clock, failures)
      let bob = try add("bob", to: &list)
      try list.revoke("alice")
      try list.write(to: path)
      clock.advance(by: .milliseconds(999))
      #expect(code(file, alice) == nil && code(file, bob) == .unauthenticated, "looked once a second at most")
      clock.advance(by: .milliseconds(1))
      #expect(code(file, alice) == .unauthenticated && code(file, bob) == nil)
      #expect(failures.withLock { $0 } == [])
    }
  }

  @Test(arguments: ["", "garbage", #"{"version":1,"tokens":["#, nil])
  func aDamagedFileIsReportedOnceAndWhatWasReadHoldsOn(_ text: String?) throws {
    try withFile { path, clock, failures in
      var list = TokenList()
      let alice = try add("alice", to: &list)
      try list.write(to: path)
      let file = try file(path, clock, failures)
      if let text {
        try PrivateFile.replace(path, with: text)
      } else {
        try FileManager.default.removeItem(atPath: path)
      }
      for _ in 0..<5 {
        clock.advance(by: .seconds(2))
        #expect(code(file, alice) == nil)
      }
      #expect(failures.withLock { $0 }.count == 1)
      try list.revoke("alice")
      try list.write(to: path)
      clock.advance(by: .seconds(2))
      #expect(code(file, alice) == .unauthenticated)
    }
  }

  @Test func aFileThatCannotBeUsedKeepsTheGatewayFromStarting() throws {
    try withFile { path, clock, failures in
      #expect(throws: CredentialError.self) { try file(path, clock, failures) }
      try PrivateFile.replace(path, with: "{")
      #expect(throws: CredentialError.self) { try file(path, clock, failures) }
    }
  }

  @Test func withoutTokensTheSocketsOwnerIsAdministratorAndNobodyElse() throws {
    let doors = OpenDoors()
    for (address, isAdmin) in [
      ("ipc:///s", true), ("inproc://s", true), ("tcp://127.0.0.1:1", false), ("tls+tcp://127.0.0.1:1", false),
    ] {
      #expect(try doors.caller(presenting: "whatever", at: Address(address)).isAdmin == isAdmin, "\(address)")
    }
    #expect(try !doors.caller(presenting: nil, at: nil).isAdmin)
  }

  @Test func whoIsNoAdministratorIsToldSo() throws {
    try Caller.owner.checkAdmin(for: "drain")
    let error = try #require(throws: ServiceError.self) { try Caller(name: "alice").checkAdmin(for: "drain") }
    #expect(error.code == .permissionDenied)
    #expect(error.message.contains("'alice' may not drain"))
  }
}
