/// In which precision the images of each model are encoded: one at a time, the finest that a vision worker offers, so that
/// an answer does not depend on which worker was free. Without any worker it stays what it was, and what is known by its
/// key stays known.
public struct PrecisionChoice: Sendable {
  /// Those of towers, finest first; others count as coarser.
  private static let order = ["fp32", "bf16", "int8"]

  /// By the model's name.
  public private(set) var current: [String: String] = [:]

  public init() {}

  /// `offers` are what the vision workers of `model` compute in now.
  public mutating func choose(for model: String, among offers: [String]) -> String {
    if let finest = offers.min(by: { (Self.rank($0), $0) < (Self.rank($1), $1) }) { current[model] = finest }
    return current[model] ?? ""
  }

  private static func rank(_ precision: String) -> Int { order.firstIndex(of: precision) ?? order.count }
}
