import RESP

/// What a node of the store answers, in pieces of a length that the first byte says.
enum FuzzedReplies {
  /// Small, so that inputs reach them.
  private static let limits = RESPLimits(byteCount: 1 << 10)

  static func read(_ input: [UInt8]) {
    guard let first = input.first else { return }
    var decoder = RESPDecoder(limits: limits)
    var rest = input.dropFirst()
    while !rest.isEmpty {
      let piece = rest.prefix(Int(first) + 1)
      rest = rest.dropFirst(piece.count)
      decoder.append(piece)
      do throws(RESPError) {
        while try decoder.next() != nil {}
      } catch {
        return  // the connection would end
      }
    }
  }
}
