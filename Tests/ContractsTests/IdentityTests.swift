import RPC
import Testing

@testable import Contracts

@Suite struct IdentityTests {
  @Test func protocolsWithoutACommonOneAreRefusedNamingBoth() {
    var hello = Hello(role: .gateway)
    hello.protocols = 5...6
    #expect {
      _ = try Hello(greeting: hello.greeting, expecting: [.gateway])
    } throws: { error in
      guard let error = error as? ServiceError else { return false }
      return error.code == .incompatible && error.message.contains("2...2") && error.message.contains("5...6")
    }
  }

  @Test func anotherRoleIsRefusedNamingBoth() {
    #expect {
      _ = try Hello(greeting: Hello(role: .client).greeting, expecting: [.vision])
    } throws: { error in
      guard let error = error as? ServiceError else { return false }
      return error.message.contains("vision") && error.message.contains("client")
    }
  }

  @Test func anyDifferenceOfContractOrTowerIsAMismatch() {
    let card = MessageTests.card
    #expect(card.mismatch(with: card) == nil)
    var other = card
    other.contract.width += 1
    #expect(card.mismatch(with: other)?.contains("contracts differ") == true)
    other = card
    other.towerFingerprint[0] ^= 1
    #expect(card.mismatch(with: other)?.contains("towers differ") == true)
    other = card
    other.precision = "int8"
    #expect(card.mismatch(with: other) == nil)
    var towerless = card
    towerless.towerFingerprint = []
    #expect(towerless.mismatch(with: card) == nil)
    other.towerName = nil
    #expect(towerless.mismatch(with: other)?.contains("towers differ") == true)
    other.towerName = card.towerName
    #expect(card.mismatch(with: other) == nil)
  }
}

@Suite struct FeatureAssemblerTests {
  /// More than one piece: 700 x 512 in f32 is 1.4 MB.
  private let features = ViewFeatures(
    element: .f32, tokenCount: 700, width: 512, bytes: (0..<700 * 512 * 4).map { UInt8(truncatingIfNeeded: $0) })

  private func assembler() -> FeatureAssembler { FeatureAssembler(tokenCount: 700, width: 512) }

  @Test func piecesInOrderBecomeTheView() throws {
    var assembler = assembler()
    var whole: ViewFeatures?
    let items = features.items(image: 1, view: 0)
    #expect(items.count == 3)
    for (chunk, bytes) in items { whole = try assembler.add(chunk, bytes)?.features }
    #expect(whole == features && assembler.isComplete)
  }

  @Test func anythingElseIsAnError() throws {
    let items = features.items(image: 0, view: 0)
    let other = features.items(image: 0, view: 1)
    let wrong: [(String, [(FeatureChunk, [UInt8])])] = [
      ("the second first", [items[1]]), ("one twice", [items[0], items[0]]), ("one left out", [items[0], items[2]]),
      ("two views at once", [items[0], other[1]]),
      ("a damaged byte", [items[0], items[1], (items[2].chunk, items[2].attachment.map { $0 ^ 1 })]),
      ("nothing", [(items[0].chunk, [])]), ("too much", [(items[0].chunk, features.bytes + [0])]),
    ]
    for (name, pieces) in wrong {
      #expect(throws: ServiceError.self, "\(name)") {
        var assembler = assembler()
        for (chunk, bytes) in pieces { _ = try assembler.add(chunk, bytes) }
      }
    }
    var foreign = FeatureAssembler(tokenCount: 576, width: 512)
    do {
      _ = try foreign.add(items[0].chunk, items[0].attachment)
      Issue.record("features of a foreign shape were taken")
    } catch {
      #expect(error.code == .incompatible)
    }
    var half = assembler()
    _ = try half.add(items[0].chunk, items[0].attachment)
    #expect(!half.isComplete)
  }
}
