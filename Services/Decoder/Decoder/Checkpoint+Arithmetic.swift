import Checkpoint
import Crypto
import Numerics

extension Checkpoint {
  /// SHA-256 over everything besides the prompt that the bits of a decoder's numbers depend on: weights, the types that
  /// they are computed in, the instructions, and the program.
  ///
  /// No bit depends on anything else, be it threads, neighbours in a batch, or how a prompt was cut into passes.
  func arithmetic(in precision: Precision, build: [UInt8]) throws(CheckpointError) -> [UInt8] {
    var hash = SHA256()
    let text = "\(InstructionSet.best()) \(precisionName(in: precision)) \(precision.cacheElement)"
    for part in [build, Array(text.utf8), try languageModelFingerprint.bytes, try projectorFingerprint.bytes] {
      hash.update(data: SHA256.hash(data: part).map { $0 })
    }
    return Array(hash.finalize())
  }
}
