public import Numerics

extension Checkpoint {
  /// Reads every weight of `parts`, and throws where a number is infinite or none at all: it would spread to every
  /// answer. This is also the first time that the files are read as a whole.
  public func checkNumbers(of parts: Set<ModelPart>, on compute: Compute) throws(CheckpointError) {
    let used = tensors(of: parts).values.sorted { ($0.path, $0.range.lowerBound) < ($1.path, $1.range.lowerBound) }
      .filter { $0.weightType != nil }
    guard let (index, element) = compute.notFinite(in: used.compactMap(\.matrix)) else { return }
    let tensor = used[index]
    throw CheckpointError(
      code: .malformed,
      message: "\(tensor.path): \(tensor.name): expected finite numbers, found one that is infinite or not a number at "
        + "index \(element) of \(tensor.shape)")
  }
}
