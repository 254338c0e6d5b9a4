/// Every call there is; numbered as `Method` in `protos/llava/v1/common.proto`.
public enum Method: UInt16, Sendable, CaseIterable {
  case health = 1
  case encode = 2
  case generate = 3
  case ask = 4
  case status = 5
  case prepare = 6
  case encodeView = 7
  case drain = 8
  case reload = 9
  case scale = 10
  case trace = 11

  /// Whether only an administrator may call it. Whoever adds a method decides.
  public var isAdministrative: Bool {
    switch self {
    case .health, .encode, .generate, .ask, .status, .prepare, .encodeView: false
    case .drain, .reload, .scale, .trace: true
    }
  }
}
