/// Writes a safetensors file: the header, then the tensors one after another.
public enum SafetensorsFileWriter {
  /// The file has its name only once it is whole. `advance` is called with the bytes that each piece has added.
  public static func write(
    _ tensors: [(name: String, stream: TensorStream)], to path: String, advance: (Int) -> Void
  ) throws(CheckpointError) {
    let file = try PartialFile(path: path)
    try file.write(header(of: tensors))
    for (_, stream) in tensors {
      try stream.forEachPiece { piece throws(CheckpointError) in
        try file.write(piece)
        advance(piece.count)
      }
    }
    try file.finish()
  }

  /// Its length, and its JSON filled up to whole numbers of eight bytes, as the format's own library has it.
  private static func header(of tensors: [(name: String, stream: TensorStream)]) -> [UInt8] {
    var entries = [#""__metadata__":{"format":"pt"}"#]
    var offset = 0
    for (name, stream) in tensors {
      precondition(stream.type.isPlain, "\(name): \(stream.type.rawValue) is no type of safetensors")
      let shape = stream.shape.map(String.init).joined(separator: ",")
      let end = offset + stream.byteCount
      entries.append(
        "\"\(name)\":{\"dtype\":\"\(stream.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }
}
