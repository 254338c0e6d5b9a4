/// A command and its arguments, any bytes each.
public struct RESPCommand: Equatable, Sendable {
  public let arguments: [[UInt8]]

  public init(_ name: String, _ arguments: [UInt8]...) { self.arguments = [Array(name.utf8)] + arguments }

  /// What goes over the wire: an array of strings.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(arguments.reduce(16) { $0 + $1.count + 16 })
    bytes += Array("*\(arguments.count)\r\n".utf8)
    for argument in arguments { bytes += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10] }
    return bytes
  }
}
