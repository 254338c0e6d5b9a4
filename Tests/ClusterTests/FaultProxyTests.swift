import Testing

/// The proxy itself: a fault that strikes nothing would prove nothing.
struct FaultProxyTests {
  private static let bytes: [UInt8] = Array(0..<10)

  private func passage(_ kind: WireFault.Kind) -> WireFault.Passage {
    WireFault(kind: kind, direction: .toServer, position: 4).passage(of: Self.bytes, at: 4, bit: 1)
  }

  @Test func everyKindStrikesFromItsPositionOn() {
    let before = Array(Self.bytes[..<4])
    let after = Array(Self.bytes[4...])
    #expect(passage(.truncate) == WireFault.Passage(first: before, after: .endBoth))
    #expect(passage(.flip) == WireFault.Passage(first: before + [6] + after.dropFirst()))
    #expect(passage(.delay) == WireFault.Passage(first: before, late: after))
    #expect(passage(.duplicate) == WireFault.Passage(first: Self.bytes + after))
    #expect(passage(.halfOpen) == WireFault.Passage(first: before, after: .endThisWay))
    #expect(passage(.stall) == WireFault.Passage(first: before, after: .hold))
  }
}
