import Clusters
import Concurrency
import FeatureTiers
import Foundation
import RESP
import Testing

@testable import StoreClient

@Suite(.serialized) struct StoreNodeTests {
  @Test func aValueComesBackWholeAndAMissingOneIsNothing() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address]) { client in
      let node = client.nodes[0]
      let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      #expect(try await node.get(key(1), by: soon()) == nil)
      try await node.put(key(1), value, by: soon())
      #expect(try await node.get(key(1), by: soon()) == value)
      let reply = try await node.connection.ask(
        RESPCommand("PTTL", Array("llava:v1:value:".utf8) + key(1).bytes), by: soon())
      let week = 7 * 24 * 3_600_000
      if case .integer(let rest) = reply { #expect((1...week).contains(rest)) } else { Issue.record("\(reply)") }
    }
  }

  @Test func manyQuestionsAtOnceGetEachItsOwnAnswer() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address]) { client in
      let node = client.nodes[0]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in UInt8(0)..<100 {
          group.addTask {
            try await node.put(key(index), [UInt8](repeating: index, count: 10_000), by: soon())
            #expect(try await node.get(key(index), by: soon()) == [UInt8](repeating: index, count: 10_000))
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func aLeaseIsOnesUntilItIsGivenBackOrEnds() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address]) { one in
      try await withClient([server.address]) { other in
        let (one, other) = (one.nodes[0], other.nodes[0])
        let lease = try #require(try await one.lease(key(1), for: .seconds(60), by: soon()))
        #expect(try await other.lease(key(1), for: .seconds(60), by: soon()) == nil)
        // Somebody else's token gives nothing back.
        try await other.release(TierLease(key(1), token: [1, 2, 3]), by: soon())
        #expect(try await other.lease(key(1), for: .seconds(60), by: soon()) == nil)
        try await one.release(lease, by: soon())
        #expect(try await other.lease(key(1), for: .milliseconds(1), by: soon()) != nil)
        while try await one.lease(key(1), for: .seconds(60), by: soon()) == nil {}
      }
    }
  }

  @Test func aNodeThatIsKilledIsAnErrorAtOnceAndIsFoundAgainWhenItIsBack() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address]) { client in
      let node = client.nodes[0]
      try await node.put(key(1), [1], by: soon())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in UInt8(0)..<50 {
          group.addTask {
            // Killed in the middle: a value, nothing, or an error.
            for _ in 0..<20 {
              let found = try? await node.get(key(1), by: soon())
              #expect(found == nil || found == [1], "question \(index)")
            }
          }
        }
        server.kill()
        try await group.waitForAll()
      }
      #expect(await failure { try await node.get(key(1), by: soon()) }.code == .unavailable)
      try await server.start()
      #expect(try await node.get(key(1), by: soon()) == nil)
      try await node.put(key(1), [2], by: soon())
      #expect(try await node.get(key(1), by: soon()) == [2])
    }
  }

  /// What comes late belongs to a question that nobody asks any more, and is never another's answer.
  @Test func aNodeThatHangsIsLateAndItsLateRepliesAreNobodysAnswer() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address]) { client in
      let node = client.nodes[0]
      for index in UInt8(1)...3 { try await node.put(key(index), [index], by: soon()) }
      server.signal(SIGSTOP)
      for _ in 0..<3 {
        #expect(await failure { try await node.get(key(1), by: soon(.milliseconds(50))) }.code == .late)
      }
      server.signal(SIGCONT)
      for index in UInt8(1)...3 { #expect(try await node.get(key(index), by: soon()) == [index]) }
      server.signal(SIGSTOP)
      #expect(await failure { try await node.get(key(2), by: soon(.milliseconds(300))) }.code == .late)
      server.signal(SIGCONT)
      for index in UInt8(1)...3 { #expect(try await node.get(key(index), by: soon()) == [index]) }
    }
  }

  @Test func aNodeThatIsFullSaysSoAndGoesOnGiving() async throws {
    let server = try await StoreServer.started(["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"])
    try await withClient([server.address]) { client in
      let node = client.nodes[0]
      try await node.put(key(0), [7], by: soon())
      let value = [UInt8](repeating: 1, count: 1 << 20)
      var error = TierError(.configuration, "")
      for index in UInt8(1)...8 where error.code != .full {
        error = await failure { try await node.put(key(index), value, by: soon()) }
      }
      #expect(error.code == .full)
      #expect(try await node.get(key(0), by: soon()) == [7])
    }
  }

  @Test func aReplyLargerThanAllowedEndsTheConnectionAndTheNextOneIsFine() async throws {
    let server = try await StoreServer.started()
    try await withClient([server.address], { $0.replyByteCount = 1000 }) { client in
      let node = client.nodes[0]
      try await node.put(key(1), [UInt8](repeating: 1, count: 1001), by: soon())
      try await node.put(key(2), [2], by: soon())
      #expect(await failure { try await node.get(key(1), by: soon()) }.code == .refused)
      #expect(try await node.get(key(2), by: soon()) == [2])
    }
  }
}
