/// What a GGUF file says of one tensor.
struct GGUFDescription {
  let name: String
  /// Outermost dimension first.
  let shape: [Int]
  let type: GGMLType
  /// Bytes from where the tensors begin.
  let offset: UInt64

  init(_ cursor: inout GGUFCursor) throws(CheckpointError) {
    cursor.place = "a tensor's description"
    name = try cursor.name("name", atMost: GGUFLimits.nameByteCount)
    cursor.place = name
    let dimensionCount: UInt32 = try cursor.integer("the number of dimensions")
    guard dimensionCount <= GGUFLimits.dimensionCount else {
      throw cursor.malformed("expected at most \(GGUFLimits.dimensionCount) dimensions, found \(dimensionCount)")
    }
    var dimensions: [Int] = []
    for _ in 0..<dimensionCount {
      let dimension: UInt64 = try cursor.integer("dimension")
      guard dimension <= Int.max else {
        throw cursor.malformed("expected dimensions up to \(Int.max), found \(dimension)")
      }
      dimensions.append(Int(dimension))
    }
    shape = dimensions.reversed()
    let code: UInt32 = try cursor.integer("type")
    guard let type = GGMLType(code: code) else {
      let known = GGMLType.all.map { "\($0.code) (\($0.name))" }.joined(separator: ", ")
      throw CheckpointError(
        code: .unsupportedType, message: cursor.malformed("expected the type \(known), found \(code)").message)
    }
    self.type = type
    offset = try cursor.integer("offset")
  }

  /// Rows are whole blocks, and a tensor without dimensions is one number.
  func byteCount(_ cursor: GGUFCursor) throws(CheckpointError) -> Int {
    let columns = shape.last ?? 1
    guard columns.isMultiple(of: type.blockElementCount) else {
      throw cursor.malformed(
        "expected rows of whole blocks of \(type.blockElementCount) numbers for \(type.name), found \(shape)")
    }
    var byteCount = columns / type.blockElementCount
    for factor in [type.blockByteCount] + shape.dropLast() {
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: factor)
      guard !overflows else {
        throw cursor.malformed("\(type.name) \(shape) takes more than 2^63 bytes")
      }
      byteCount = product
    }
    return byteCount
  }
}
