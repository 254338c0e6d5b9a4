import Concurrency
import Numerics
import Testing

struct WeightCopyTests {
  @Test(arguments: [WeightType.f32, .bf16, .q80]) func aCopyOutlivesItsBytesAndGivesThem(type: WeightType) {
    let values = (0..<4 * 64).map { Float($0 % 64) / 64 }
    let compute = Compute(threads: 1)
    let weights = WeightMatrix(copying: type.encoded(values), rows: 4, columns: 64, type: type)
    let rows = weights.gathering(rows: [2, 0], on: compute).values
    let expected = type.encoded(values).withUnsafeBytes { type.decoded($0) }
    #expect(rows == Array(expected[128..<192]) + Array(expected[0..<64]))
  }

  @Test func memoryIsReadAtLeastOnceHoweverShortTheTime() throws {
    let compute = Compute(threads: 2)
    let speed = try #require(compute.readBandwidth(within: .zero, clock: SystemClock()))
    // A machine that ran out of this range would be none.
    #expect((1e6...1e15).contains(speed))
  }
}
