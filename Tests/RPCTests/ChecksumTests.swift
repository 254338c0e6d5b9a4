import CChecksum
import TestSupport
import Testing

@Suite struct ChecksumTests {
  /// The values of RFC 3720, appendix B.4, and the one that all catalogues of CRCs have.
  private static let known: [([UInt8], UInt32)] = [
    ([], 0),
    (Array("123456789".utf8), 0xe306_9283),
    ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
    ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
    (Array(0..<32), 0x46dd_794e),
    (Array((0..<32).reversed()), 0x113f_db5c),
  ]

  @Test func knownBytesHaveTheirKnownSums() {
    for (bytes, sum) in Self.known {
      #expect(llava_crc32c(0, bytes, bytes.count) == sum)
      #expect(llava_crc32c_reference(0, bytes, bytes.count) == sum)
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>) func theInstructionAndTheReferenceAgreeOnAnyParts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let whole = llava_crc32c_reference(0, bytes, bytes.count)
    #expect(llava_crc32c(0, bytes, bytes.count) == whole, "seed \(seed)")
    let cut = Int.random(in: 0...bytes.count, using: &random)
    var sum: UInt32 = 0
    for part in [Array(bytes[..<cut]), Array(bytes[cut...])] { sum = llava_crc32c(sum, part, part.count) }
    #expect(sum == whole, "seed \(seed)")
  }
}
