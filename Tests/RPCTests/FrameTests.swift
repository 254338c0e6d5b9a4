import TestSupport
import Testing

@testable import RPC

@Suite struct FrameTests {
  private let frame = Frame(
    .item, call: 77, value: 0x0201, sequence: 0x0605_0403, message: [1, 2, 3], attachment: [9, 8, 7, 6])

  private func decoded(_ bytes: [UInt8], call: UInt32 = 77) throws(ServiceError) -> Frame {
    try Frame(
      call: call, header: Array(bytes.prefix(Frame.headerByteCount)), body: bytes.dropFirst(Frame.headerByteCount))
  }

  private func encoded(_ frame: Frame) -> [UInt8] { frame.header + frame.message + frame.attachment }

  @Test func theHeaderIsAsDocumented() {
    #expect(frame.header == [2, 3, 1, 2, 3, 4, 5, 6, 3, 0, 0, 0, 98, 72, 110, 46])
    #expect(frame.byteCount == 23)
  }

  @Test(arguments: 1...11 as ClosedRange<UInt8>) func everyKindIsReadAsItWasWritten(number: UInt8) throws {
    var frame = frame
    frame.kind = try #require(Frame.Kind(rawValue: number))
    #expect(try decoded(encoded(frame)) == frame)
  }

  @Test func everyPrefixIsAnError() {
    let bytes = encoded(frame)
    for count in 0..<bytes.count {
      #expect(throws: ServiceError.self, "\(count)") { try decoded(Array(bytes.prefix(count))) }
    }
  }

  @Test func aFlippedBitIsAnErrorWhereverItIs() {
    let bytes = encoded(frame)
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: ServiceError.self, "bit \(bit)") { try decoded(damaged) }
    }
    for bit in 0..<31 {
      #expect(throws: ServiceError.self, "bit \(bit) of the call") { try decoded(bytes, call: 77 ^ 1 << UInt32(bit)) }
    }
  }

  @Test func piecesThatChangePlacesAreAnError() {
    var frame = frame
    frame.attachment = (0..<64).map { UInt8($0) }
    let bytes = encoded(frame)
    let swapped = bytes[..<32] + bytes[40..<48] + bytes[32..<40] + bytes[48...]
    #expect(throws: ServiceError.self) { try decoded(Array(swapped)) }
  }

  @Test func whatIsWrongIsNamed() {
    #expect(throws: ServiceError(.incompatible, "frame: expected version 2, found 1")) {
      try decoded([1] + encoded(frame).dropFirst())
    }
    #expect(throws: ServiceError(.invalidRequest, "frame: unknown kind 12")) {
      try decoded([2, 12] + encoded(frame).dropFirst(2))
    }
    #expect(throws: ServiceError(.invalidRequest, "frame: expected 16 bytes of header, found 3")) {
      try decoded([1, 2, 3])
    }
    let long = Frame(.item, message: [UInt8](repeating: 0, count: Limits.messageByteCount + 1))
    #expect(throws: ServiceError.self) { try decoded(encoded(long)) }
    let large = Frame(.item, attachment: [UInt8](repeating: 0, count: Limits.frameByteCount))
    #expect(throws: ServiceError.self) { try decoded(encoded(large)) }
  }

  /// Whatever comes: the frame that was sent, or an error; and never more memory than came.
  @Test(arguments: 1...50 as ClosedRange<UInt64>) func mutatedFramesAreReadOrRefused(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = encoded(frame)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0 where !bytes.isEmpty:
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
        case 1 where !bytes.isEmpty: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
        default:
          bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: Int.random(in: 0...bytes.count, using: &random))
        }
      }
      guard let read = try? decoded(bytes) else { continue }
      #expect(read == frame, "seed \(seed)")
    }
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>) func mutatedRequestsAndErrorsAreReadOrRefused(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let message = (0..<Int.random(in: 0..<64, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let request = try? Request(Frame(.request, message: message), at: .init(nanoseconds: .max))
      #expect((request == nil) == (message.count < Request.preambleByteCount), "seed \(seed)")
      let error = ServiceError(number: UInt16(truncatingIfNeeded: random.next()), encoded: message)
      #expect(error.message.utf8.count <= message.count * 3, "seed \(seed)")
    }
  }

  @Test func anErrorCrossesTheWireWhole() {
    let error = ServiceError(.overloaded, "64 requests are already in flight", retryAfter: .milliseconds(1500))
    #expect(ServiceError(number: error.code.rawValue, encoded: error.encoded) == error)
    let long = ServiceError(.notFound, String(repeating: "ä", count: 10_000))
    #expect(ServiceError(number: 3, encoded: long.encoded).message.utf8.count == Limits.errorMessageByteCount)
  }
}
