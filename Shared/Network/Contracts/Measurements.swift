import CMessages
import RPC

/// A duration that was measured, by the name of its stage.
public struct Timing: Equatable, Sendable {
  public var stage: String
  public var microseconds: Int

  public init(_ stage: String, microseconds: Int) {
    self.stage = stage
    self.microseconds = microseconds
  }
}

/// A number that a process reports of itself.
public struct Gauge: Equatable, Sendable {
  public var name: String
  public var value: Int

  public init(_ name: String, _ value: Int) {
    self.name = name
    self.value = value
  }
}

extension Timing: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Timing>?) -> Void { llava__v1__timing__init }

  init(_ message: Llava__V1__Timing) throws(ServiceError) {
    self.init(try String(message.stage, of: "Timing.stage"), microseconds: Int(clamping: message.microseconds))
  }

  func fill(_ message: inout Llava__V1__Timing, _ arena: Arena) {
    message.stage = arena.text(stage)
    message.microseconds = UInt64(clamping: microseconds)
  }
}

extension Gauge: WireMessage {
  static var initialize: (UnsafeMutablePointer<Llava__V1__Gauge>?) -> Void { llava__v1__gauge__init }

  init(_ message: Llava__V1__Gauge) throws(ServiceError) {
    self.init(try String(message.name, of: "Gauge.name"), Int(message.value))
  }

  func fill(_ message: inout Llava__V1__Gauge, _ arena: Arena) {
    message.name = arena.text(name)
    message.value = Int64(value)
  }
}
