import Concurrency
import Launch
import Numerics

/// What the machine has, and how fast it is at the two things that answers are made of.
struct MachineChecks: Sendable {
  let compute: Compute
  let thread: any ComputeThread
  let clock: any MonotonicClock

  /// Weights of a 7B model that a token reads, in fp16.
  private static let tokenByteCount = 13.2e9
  private static let bandwidthDuration = Duration.milliseconds(300)
  private static let productDuration = Duration.milliseconds(150)

  var checks: [Check] {
    [
      Check(.machine, "cores and threads", Self.threads(compute.threadCount, cores: Machine.coreCount)),
      Check(
        .machine, "OpenBLAS",
        Self.library(compute.matrixLibraryTarget, on: compute.instructionSet, forced: Machine.forcedCoreType)),
      Check(.machine, "memory", .passed("\(ByteCount(bytes: Machine.memoryByteCount)) for this process")),
      Check(.machine, "memory bandwidth", advice: "run llava doctor again", on: thread) { bandwidth },
      Check(.machine, "multiply-adds", advice: "run llava doctor again", on: thread) { products },
    ]
  }

  static func threads(_ threads: Int, cores: Int) -> Outcome {
    let found = "\(threads) thread\(threads == 1 ? "" : "s") on \(cores) core\(cores == 1 ? "" : "s")"
    guard threads > cores else { return .passed(found) }
    return .warning("\(found): they wait for each other", advice: "use --threads \(cores) or less")
  }

  /// OpenBLAS's targets that compute with AVX-512.
  private static let wideTargets: Set<String> = ["SkylakeX", "Cooperlake", "Sapphirerapids"]
  /// Its targets of x86 that have neither AVX2 nor AVX-512 kernels.
  private static let narrowTargets: Set<String> = [
    "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom", "Barcelona", "Bobcat", "Bulldozer",
    "Piledriver", "Steamroller", "Opteron",
  ]

  /// The tower's products run on OpenBLAS, which takes CPUs that are newer than itself for older ones.
  static func library(_ target: String, on set: InstructionSet, forced: String?) -> Outcome {
    let better: String? =
      switch set {
      case .avx512, .vnni, .bf16: wideTargets.contains(target) ? nil : "SkylakeX"
      case .avx2, .avxvnni: narrowTargets.contains(target) ? "Haswell" : nil
      case .reference, .neon, .dotprod, .i8mm: nil
      }
    guard let better else { return .passed("kernels for \(target)") }
    let found = "kernels for \(target) on a CPU with \(set), and pictures take up to twice as long"
    guard let forced else {
      return .warning(found, advice: "set OPENBLAS_CORETYPE=\(better) in the environment of llava and llava-vision")
    }
    return .warning("\(found): OPENBLAS_CORETYPE is \(forced)", advice: "unset it, or set it to \(better)")
  }

  private var bandwidth: Outcome {
    guard let speed = compute.readBandwidth(within: Self.bandwidthDuration, clock: clock) else {
      return .warning("not measured: the system has no 256 MiB to spare", advice: "end other programs")
    }
    let seconds = (Self.tokenByteCount / speed).significant(2)
    return .passed("\((speed / 1e9).significant(3)) GB/s: a 7B model in fp16 takes at least \(seconds) s a token")
  }

  private var products: Outcome {
    let size = 1024
    let bytes = ElementType.f32.encoded([Float](repeating: 0.5, count: size * size))
    let weights = WeightMatrix(copying: bytes, rows: size, columns: size, type: .f32)
    let x = Tensor([Float](repeating: 0.25, count: 256 * size), rows: 256, columns: size, on: compute)
    let (decoder, tower) = (Linear(weights), PanelLinear(weights))
    let count = Double(x.rows * size * size)
    let slow = rate(count) { _ = decoder(x) }
    let fast = rate(count) { _ = tower([x]) }
    return .passed("\(fast) G/s in the tower, \(slow) G/s in the decoder")
  }

  /// Thousands of millions in a second, the best of the runs that begin in time.
  private func rate(_ count: Double, _ body: () -> Void) -> String {
    var best = Duration.seconds(3600)
    let end = clock.now + Self.productDuration
    repeat {
      let start = clock.now
      body()
      best = min(best, clock.now - start)
    } while clock.now < end
    return (count / Double(max(1, best.nanoseconds))).significant(3)
  }
}
