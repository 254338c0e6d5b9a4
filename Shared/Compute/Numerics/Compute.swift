import CKernels
import COpenBLAS

/// What operations run on: threads, kernels and memory. Every tensor knows its own, and what is made from a tensor
/// is made on the same, so that layers need not mention it.
public final class Compute: @unchecked Sendable {  // sound: `kernels` points to a constant table; the rest is Sendable
  public let instructionSet: InstructionSet
  public var threadCount: Int { pool.threadCount }
  let pool: ThreadPool
  let kernels: llava_kernels
  let workspace: Workspace

  /// Memory that may lie idle between passes: the largest activations of a step of 512 tokens through a 13B model,
  /// or of a batch of eight views, with room.
  public static let defaultIdleByteLimit = 512 << 20

  /// - Parameter threads: how many threads compute, the calling one included; at least 1.
  public init(
    threads: Int, instructionSet: InstructionSet = .best(), idleByteLimit: Int = Compute.defaultIdleByteLimit
  ) {
    guard let kernels = instructionSet.kernels else {
      preconditionFailure("this CPU has no \(instructionSet); its best is \(InstructionSet.best())")
    }
    self.instructionSet = instructionSet
    self.kernels = kernels.pointee
    pool = ThreadPool(threadCount: threads)
    workspace = Workspace(idleByteLimit: idleByteLimit)
    // OpenBLAS would start threads of its own under ours; it is called on slices from our pool instead.
    openblas_set_num_threads(1)
  }

  /// The CPU that OpenBLAS takes this one for, to be said at start: `Haswell` on a CPU with AVX-512 (by an
  /// `OPENBLAS_CORETYPE` in the environment, or an old OpenBLAS) halves the speed of the vision tower.
  public var matrixLibraryTarget: String { String(cString: openblas_get_corename()) }
}
