import Concurrency
import Launch
import Numerics
import TestSupport
import Testing

@testable import CLI

/// What figures are made of.
struct BenchNumberTests {
  @Test func theMedianIsTheMiddleOrTheMeanOfBoth() {
    #expect([3.0].median == 3)
    #expect([9.0, 1, 5].median == 5)
    #expect([4.0, 1, 2, 100].median == 3)
  }

  @Test func aQuantileIsAValueThatSoManyAreAtOrBelow() {
    let hundred = (1...100).map(Double.init).reversed().map { $0 }
    #expect(hundred.quantile(0.99) == 99)
    #expect(hundred.quantile(1) == 100)
    #expect(hundred.quantile(0) == 1)
    #expect([7.0, 5].quantile(0.99) == 7)
  }

  private let machine = MachineLimits(readBandwidth: 100, fp32: 10, bf16: 20, int8: 40)

  private func work(fp32: Double = 0, bf16: Double = 0, int8: Double = 0, bytes: Double = 0) -> Work {
    Work(multiplyAdds: MultiplyAdds(fp32: fp32, bf16: bf16, int8: int8), bytes: bytes)
  }

  @Test func kindsOfArithmeticAddUpAndTheLongerOfBothIsTheFloor() {
    let many = work(fp32: 10, bf16: 40, int8: 120, bytes: 500)
    #expect(Floor(of: many, on: machine) == Floor(seconds: 6, bound: .arithmetic))
    #expect(Floor(of: work(int8: 40, bytes: 500), on: machine) == Floor(seconds: 5, bound: .memory))
    #expect(many / 10 == work(fp32: 1, bf16: 4, int8: 12, bytes: 50))
  }

  @Test func phasesWaitForEachOther() {
    let phases = [work(bf16: 60), work(bytes: 200), work(fp32: 10, bytes: 1)]
    #expect(Floor(of: phases, on: machine) == Floor(seconds: 6, bound: .arithmetic))
    #expect(Floor(of: [work(fp32: 10), work(bytes: 300)], on: machine) == Floor(seconds: 4, bound: .memory))
  }

  @Test func whatACPUDoesNotHaveIsComputedInF32() {
    let plain = MachineLimits(readBandwidth: 100, fp32: 10)
    #expect(Floor(of: work(bf16: 20, int8: 30), on: plain) == Floor(seconds: 5, bound: .arithmetic))
  }

  @Test func theHigherLimitOfTwoCountsForEach() {
    let other = MachineLimits(readBandwidth: 90, fp32: 11, bf16: nil, int8: 41)
    #expect(MachineLimits.best(machine, other) == MachineLimits(readBandwidth: 100, fp32: 11, bf16: 20, int8: 41))
    #expect(MachineLimits.best(other, machine) == MachineLimits.best(machine, other))
  }

  @Test func theBufferIsLargerThanTheCacheAndSmallerThanTheMemory() {
    func size(_ cache: Int, _ memory: Int) -> Int {
      MachineMeter.byteCount(cacheByteCount: cache, memoryByteCount: memory)
    }
    #expect(size(0, 64 << 30) == 1 << 30)
    #expect(size(384 << 20, 64 << 30) == 3 << 30)
    #expect(size(384 << 20, 2 << 30) == 512 << 20)
  }

  @Test func aFigureHoldsItsMedianAgainstFloorAndReference() {
    let figure = Figure(.prefill, "x", samples: [2, 4, 3]).making(60, "tokens")
      .needing([work(fp32: 6)], on: [machine, machine, machine]).against([1, 6, 2], "y")
    #expect(figure.seconds == 3 && figure.rate == 20)
    #expect(abs((figure.share ?? 0) - 0.2) < 1e-12 && figure.reference == 2 && figure.ratio == 1.5)
  }

  /// A sample that was slow because the machine was is no worse than one that was fast when it was not.
  @Test func eachSampleIsHeldAgainstTheMachineAroundIt() {
    let limits = [100.0, 50, 200].map { MachineLimits(readBandwidth: $0, fp32: 10) }
    let figure = Figure(.decode, "x", samples: [2, 4, 1]).needing([work(bytes: 100)], on: limits)
    #expect(figure.shares == [0.5, 0.5, 0.5] && figure.share == 0.5)
    #expect(figure.floor == Floor(seconds: 1, bound: .memory))
  }

  @Test func limitsAreMeasuredAgainAfterASecondAndTheHigherCounts() async throws {
    let clock = ManualClock()
    let measured = Lock([30.0, 20, 40].map { MachineLimits(readBandwidth: $0, fp32: 1) })
    let watch = try await MachineWatch(clock: clock) { measured.withLock { $0.removeFirst() } }
    func limit(around duration: Duration) async throws -> Double {
      try await watch.around { clock.advance(by: duration) }.limits.readBandwidth
    }
    #expect(try await limit(around: .milliseconds(900)) == 30 && measured.withLock(\.count) == 2)
    // 30 before and 20 after, then 20 and 40.
    #expect(try await limit(around: .milliseconds(200)) == 30 && measured.withLock(\.count) == 1)
    #expect(try await limit(around: .seconds(1)) == 20)
    #expect(try await limit(around: .seconds(1)) == 40)
    #expect(await watch.highest.readBandwidth == 40)
  }

  @Test func memoryIsHeldAgainstWeightsAndKV() {
    let memory = MemoryFigure(peak: 110, weights: 60, kv: 40, isOfModelAlone: true)
    #expect(memory.ratio == 1.1)
  }

  @Test func gapsThatOverlapThePromptCount() {
    func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
    let streams = [[0, 4, 5, 9, 20].map(at), [1, 2, 12].map(at)]
    let interruption = GapStage.Interruption(streams: streams, during: at(5)...at(10))
    // Of the first stream 4 to 5, 5 to 9 and 9 to 20; of the second 2 to 12.
    #expect(interruption.gaps == [1, 4, 11, 10] && interruption.prefill == 5)
  }

  @Test func aStreamThatEndsTooEarlyIsAnError() async throws {
    let listener = StreamListener(streamCount: 2, clock: SystemClock())
    listener.said(by: 0)
    listener.said(by: 1)
    try await listener.until { $0.count == 1 }
    listener.said(by: 0)
    listener.ended(1)
    let error = await #expect(throws: (any Error).self) { try await listener.until { $0.count == 2 } }
    #expect(error.map { "\($0)" }?.contains("stream 1 has ended after 1 tokens") == true)
    // One that has said enough may end.
    try await listener.until { $0.count >= 1 }
  }

  @Test func textsOfTheSystemAreReadAsTheyAre() {
    #expect(PeakMemory.peak(in: "VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\nVmRSS: 7 kB\n") == 1234 * 1024)
    for text in ["", "VmHWM: 12", "VmHWM: many kB", "VmHWM: 1 MB", "VmHWM: \(Int.max) kB"] {
      #expect(PeakMemory.peak(in: text) == nil, "\(text)")
    }
    #expect(Machine.processorName(in: "processor\t: 0\nmodel name\t: AMD EPYC 9655 \n") == "AMD EPYC 9655")
    #expect(Machine.processorName(in: "model name :\n") == "unknown")
  }

  @Test func thisSystemCountsThePeak() { #expect((PeakMemory.bytes ?? 0) > 1 << 20) }
}
