import TestSupport
import Testing

@testable import RESP

@Suite struct RESPDecoderTests {
  private static let limits = RESPLimits(byteCount: 64)
  private static let wire = Array(
    "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n+x\r\n$-1\r\n$1\r\ny\r\n"
      .utf8)
  private static let values: [RESPValue] = [
    .text("OK"), .refusal("ERR no"), .integer(-42), .bytes(Array("a\r\nbc".utf8)), .bytes([]), .null, .null, .array([]),
    .array([.integer(1), .array([.text("x"), .null]), .bytes([UInt8(ascii: "y")])]),
  ]

  private struct Outcome: Equatable {
    var values: [RESPValue] = []
    var error: RESPError.Code?
  }

  /// What comes of bytes that arrive in pieces.
  private func read(_ bytes: [UInt8], pieces: Int) -> Outcome {
    var decoder = RESPDecoder(limits: Self.limits)
    var outcome = Outcome()
    do {
      for start in stride(from: 0, to: bytes.count, by: pieces) {
        decoder.append(bytes[start..<min(start + pieces, bytes.count)])
        while let value = try decoder.next() { outcome.values.append(value) }
      }
    } catch {
      outcome.error = error.code
    }
    return outcome
  }

  @Test func everyReplyIsReadHoweverItsBytesAreCut() {
    for pieces in 1...Self.wire.count {
      #expect(read(Self.wire, pieces: pieces) == Outcome(values: Self.values), "in pieces of \(pieces)")
    }
  }

  @Test func aReplyThatIsCutShortIsNoReply() {
    for count in 0..<Self.wire.count {
      let outcome = read(Array(Self.wire.prefix(count)), pieces: 7)
      #expect(outcome.error == nil && outcome.values.count < Self.values.count, "\(count) bytes")
    }
  }

  @Test(arguments: [
    ("$65\r\n", RESPError.Code.tooLarge), ("$9223372036854775807\r\n", .tooLarge), ("*65\r\n", .tooLarge),
    ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", .tooLarge), ("$99999999999999999999\r\n", .malformed), ("$-2\r\n", .malformed),
    ("*-2\r\n", .malformed), (":\r\n", .malformed), (":1x\r\n", .malformed), ("\r\n", .malformed), ("\n", .malformed),
    ("+OK\n", .malformed), ("$1\r\nabc", .malformed), ("!oops\r\n", .malformed), ("HTTP/1.1 200 OK\r\n", .malformed),
  ])
  func whatIsNoReplyIsAnErrorAtOnce(text: String, code: RESPError.Code) {
    #expect(read(Array(text.utf8), pieces: 3).error == code)
  }

  @Test func aLineWithoutAnEndIsRefusedAtItsLimit() {
    var decoder = RESPDecoder(limits: Self.limits)
    decoder.append(Array(repeating: UInt8(ascii: "+"), count: Self.limits.lineByteCount + 1))
    #expect(throws: RESPError.self) { try decoder.next() }
  }

  /// A changed byte may make another reply, or none; never a crash, and never another result by how it was cut.
  @Test func changedBytesAreAReplyOrAnErrorAndTheSameHoweverTheyAreCut() {
    for seed in 1...UInt64(20_000) {
      var random = SeededGenerator(seed: seed)
      var bytes = Self.wire
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = .random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array("+-:$*\r\n0129".utf8).randomElement(using: &random) ?? 0, at: place)
        default: bytes.replaceSubrange(place..., with: bytes[..<place])
        }
        if bytes.isEmpty { bytes = [0] }
      }
      let whole = read(bytes, pieces: bytes.count)
      let cut = read(bytes, pieces: Int.random(in: 1...9, using: &random))
      #expect(whole == cut, "seed \(seed): \(bytes)")
    }
  }

  @Test func aCommandIsAnArrayOfStrings() {
    #expect(
      RESPCommand("SET", [1, 13, 10], []).bytes == Array("*3\r\n$3\r\nSET\r\n$3\r\n\u{1}\r\n\r\n$0\r\n\r\n".utf8))
  }
}
