extension GGUFCursor {
  /// A value and, before it, its type.
  mutating func value() throws(CheckpointError) -> GGUFValue {
    switch try type("type of the value") {
    case .uint8: .unsigned(UInt64(try integer("value", as: UInt8.self)))
    case .uint16: .unsigned(UInt64(try integer("value", as: UInt16.self)))
    case .uint32: .unsigned(UInt64(try integer("value", as: UInt32.self)))
    case .uint64: .unsigned(try integer("value"))
    case .int8: .signed(Int64(try integer("value", as: Int8.self)))
    case .int16: .signed(Int64(try integer("value", as: Int16.self)))
    case .int32: .signed(Int64(try integer("value", as: Int32.self)))
    case .int64: .signed(try integer("value"))
    case .float32: .float(Double(Float(bitPattern: try integer("value"))))
    case .float64: .float(Double(bitPattern: try integer("value")))
    case .bool: .bool(try bool())
    case .string: .string(String(decoding: try string("text"), as: UTF8.self))
    case .array: .array(try array())
    }
  }

  private mutating func type(_ what: StaticString) throws(CheckpointError) -> GGUFValueType {
    let code: UInt32 = try integer(what)
    guard let type = GGUFValueType(rawValue: code) else {
      throw malformed("\(what): expected 0 to 12, found \(code)")
    }
    return type
  }

  private mutating func bool() throws(CheckpointError) -> Bool {
    let value: UInt8 = try integer("truth value")
    guard value <= 1 else { throw malformed("truth value: expected 0 or 1, found \(value)") }
    return value == 1
  }

  private mutating func array() throws(CheckpointError) -> GGUFArray {
    let type = try type("type of the array's elements")
    guard type != .array else { throw malformed("expected an array of plain values, found one of arrays") }
    let count = try count("the array's count", atMost: GGUFLimits.arrayCount, each: type.leastByteCount)
    return switch type {
    case .uint8: .integers(try integers(count, UInt8.self))
    case .uint16: .integers(try integers(count, UInt16.self))
    case .uint32: .integers(try integers(count, UInt32.self))
    case .uint64: .integers(try integers(count, UInt64.self))
    case .int8: .integers(try integers(count, Int8.self))
    case .int16: .integers(try integers(count, Int16.self))
    case .int32: .integers(try integers(count, Int32.self))
    case .int64: .integers(try integers(count, Int64.self))
    case .float32:
      .floats(
        try elements(count) { (cursor) throws(CheckpointError) in Float(bitPattern: try cursor.integer("element")) })
    case .float64:
      .floats(
        try elements(count) { (cursor) throws(CheckpointError) in
          Float(Double(bitPattern: try cursor.integer("element")))
        })
    case .bool: .bools(try elements(count) { (cursor) throws(CheckpointError) in try cursor.bool() })
    case .string: .strings(try elements(count) { (cursor) throws(CheckpointError) in try cursor.string("text") })
    case .array: preconditionFailure("arrays of arrays are refused above")
    }
  }

  private mutating func integers<Integer: FixedWidthInteger>(
    _ count: Int, _ type: Integer.Type
  ) throws(CheckpointError) -> [Int] {
    try elements(count) { (cursor) throws(CheckpointError) in
      let value = try cursor.integer("element", as: type)
      guard let element = Int(exactly: value) else {
        throw cursor.malformed("element: expected at most \(Int.max), found \(value)")
      }
      return element
    }
  }

  /// `count` has been compared with the bytes that are left.
  private mutating func elements<Element>(
    _ count: Int, _ next: (inout Self) throws(CheckpointError) -> Element
  ) throws(CheckpointError) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try next(&self)) }
    return elements
  }
}
