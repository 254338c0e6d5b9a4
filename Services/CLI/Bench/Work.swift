import Numerics

/// Multiply-adds by what they are made with.
struct MultiplyAdds: Equatable, Sendable, Codable {
  var fp32 = 0.0
  var bf16 = 0.0
  var int8 = 0.0

  subscript(_ arithmetic: Arithmetic) -> Double {
    get {
      switch arithmetic {
      case .fp32: fp32
      case .bf16: bf16
      case .int8: int8
      }
    }
    set {
      switch arithmetic {
      case .fp32: fp32 = newValue
      case .bf16: bf16 = newValue
      case .int8: int8 = newValue
      }
    }
  }
}

/// What has to be done at least: multiplied and added, and read from memory.
struct Work: Equatable, Sendable, Codable {
  var multiplyAdds = MultiplyAdds()
  var bytes = 0.0

  /// This part of it.
  static func / (work: Work, parts: Int) -> Work {
    var part = work
    for arithmetic in Arithmetic.allCases { part.multiplyAdds[arithmetic] /= Double(parts) }
    part.bytes /= Double(parts)
    return part
  }

  static func + (left: Work, right: Work) -> Work {
    var sum = left
    for arithmetic in Arithmetic.allCases { sum.multiplyAdds[arithmetic] += right.multiplyAdds[arithmetic] }
    sum.bytes += right.bytes
    return sum
  }
}

/// The least time that a machine needs for some work.
///
/// Kinds of arithmetic take turns on the same units, so their times add up; memory is read meanwhile, so whichever takes
/// longer is the floor.
struct Floor: Equatable, Sendable, Codable {
  enum Bound: String, Sendable, Codable { case arithmetic, memory }

  var seconds: Double
  var bound: Bound

  init(seconds: Double, bound: Bound) {
    self.seconds = seconds
    self.bound = bound
  }

  init(of work: Work, on limits: MachineLimits) {
    let arithmetic = Arithmetic.allCases.reduce(0) { $0 + work.multiplyAdds[$1] / limits.rate(of: $1) }
    let memory = work.bytes / limits.readBandwidth
    self.init(seconds: max(arithmetic, memory), bound: arithmetic >= memory ? .arithmetic : .memory)
  }

  /// Of phases that wait for each other; it is bound by what most of it is.
  init(of phases: [Work], on limits: MachineLimits) {
    let floors = phases.map { Floor(of: $0, on: limits) }
    let seconds = floors.reduce(0) { $0 + $1.seconds }
    let arithmetic = floors.reduce(0) { $0 + ($1.bound == .arithmetic ? $1.seconds : 0) }
    self.init(seconds: seconds, bound: 2 * arithmetic >= seconds ? .arithmetic : .memory)
  }
}
