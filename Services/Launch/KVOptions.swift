public import ArgumentParser

/// What a decoder keeps of what it has read: in memory, and of pictures on disk.
public struct KVOptions: ParsableArguments, Sendable {
  private static let standardDisk = ByteCount(bytes: 16 << 30)

  @Option(
    help: "Memory for what was read (default: what weights and 2 GiB leave, if useful).", transform: ByteCount.parsed)
  public var kvMemory: ByteCount?
  @Option(
    help: "A directory where what was read of pictures outlives the process (default: none).",
    completion: .directory)
  public var kvDirectory: String?
  @Option(help: "Room in that directory (default: \(Self.standardDisk)).", transform: ByteCount.parsed)
  public var kvDisk: ByteCount?

  public init() {}

  /// Where it outlives the process, and how much of it; nothing where that was not asked for.
  public var disk: (path: String, size: ByteCount)? { kvDirectory.map { ($0, kvDisk ?? Self.standardDisk) } }
}

extension KVOptions: Configurable {
  public static var settings: [Setting<KVOptions>] {
    [
      Setting("kv-memory", \.kvMemory), Setting("kv-directory", \.kvDirectory), Setting("kv-disk", \.kvDisk),
    ]
  }
}
