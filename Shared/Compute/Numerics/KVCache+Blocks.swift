extension KVCache {
  /// What is in a block: keys and values of 16 tokens in all layers, as they lie there.
  public func bytes(of block: Int32) -> [UInt8] {
    Array(unsafeUninitializedCapacity: shape.blockByteCount) { target, count in
      target.baseAddress?.initialize(from: start(of: block).assumingMemoryBound(to: UInt8.self), count: target.count)
      count = shape.blockByteCount
    }
  }

  /// Lets `body` write all of a block, which whoever calls it has to itself, and returns what it returns.
  public func fill<Result>(_ block: Int32, _ body: (inout MutableRawSpan) -> Result) -> Result {
    var span = MutableRawSpan(_unsafeStart: start(of: block), byteCount: shape.blockByteCount)
    return body(&span)
  }
}
