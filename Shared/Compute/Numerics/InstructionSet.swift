import CKernels

/// Which twins of the kernels are used. All give the same bits for the row-invariant product, and results within
/// a few units in the last place of each other for the rest.
public enum InstructionSet: UInt32, Sendable, CaseIterable {
  case reference
  case avx2
  /// AVX2 with dot products of whole numbers.
  case avxvnni
  case avx512
  /// AVX-512 with dot products of whole numbers.
  case vnni
  /// VNNI with dot products of bf16 too.
  case bf16
  /// What every 64-bit ARM has.
  case neon
  /// NEON with dot products of whole numbers of one sign.
  case dotprod
  /// NEON with dot products of whole numbers of both signs, and of bf16.
  case i8mm

  var kernels: UnsafePointer<llava_kernels>? { llava_kernels_at(llava_level(rawValue)) }

  /// Whether this build and this CPU have it.
  public var isAvailable: Bool { kernels != nil }

  /// The best that this CPU has.
  public static func best() -> InstructionSet { allCases.last { $0.isAvailable }! }
}

extension ElementType {
  var stored: llava_element { WeightType(self).stored }
}
