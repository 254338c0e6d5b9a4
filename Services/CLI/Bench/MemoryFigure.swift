/// The most memory that was resident, held against what has to be.
struct MemoryFigure: Equatable, Sendable, Codable {
  var peak: Int
  /// Of tower, projector and language model, as they are served.
  var weights: Int
  /// Of all KV blocks.
  var kv: Int
  /// Times weights and KV.
  var ratio: Double
  /// False where the system counts the peak of the process's whole life only, the buffer for the limits in it.
  var isOfModelAlone: Bool

  init(peak: Int, weights: Int, kv: Int, isOfModelAlone: Bool) {
    self.peak = peak
    self.weights = weights
    self.kv = kv
    ratio = Double(peak) / Double(max(1, weights + kv))
    self.isOfModelAlone = isOfModelAlone
  }
}
