import Checkpoint
import Clusters
import Concurrency
import Contracts
import Decoder
import Foundation
import NNGTransport
import Numerics
import RPC
import Scheduling
import Testing

/// What a decoder has read of a picture outlives it, on disk: the next one reads the question only.
@Suite struct RestartTests {
  private let transport = NNGTransport(clock: SystemClock())

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-rows-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }  // the system clears what is left
    try await body(folder.path)
    await transport.close()
  }

  private func shape(_ folder: String, byteCount: Int = 1 << 30, build: UInt8 = 1, in precision: Precision = .fp32)
    -> Cluster.Shape
  {
    var shape = Cluster.Shape()
    shape.decoder = { $0.precision = precision }
    shape.prefixes = { checkpoint, options in
      try PrefixDirectory(
        at: folder, byteCount: byteCount, of: checkpoint, in: options.precision, build: [build])
    }
    return shape
  }

  private let picture = "02_640x480.jpg"

  /// Asks, and returns once what was read of the picture is on the disk.
  private func ask(_ question: String, _ shape: Cluster.Shape, keeping blockCount: Int? = nil) async throws -> Answer {
    try await Cluster.with(shape, over: transport, name: "restart-\(UUID().uuidString)") { cluster in
      let answer = try await cluster.ask(question, try Sample.image(picture)) { $0.tokenLimit = 24 }
      if let blockCount {
        while await cluster.engines[0].health().gauges["kv_blocks_kept"] ?? 0 < blockCount { await Task.yield() }
      }
      // Blocks are lent while they are written.
      while await cluster.engines[0].health().gauges["kv_blocks_referenced"] != 0 { await Task.yield() }
      return answer
    }
  }

  @Test func aPictureThatWasReadBeforeARestartIsNeitherEncodedNorReadAgain() async throws {
    try await withFolder { folder in
      let alone = try await ask("What is in the image?", Cluster.Shape())
      let tokens = alone.finished.finished.usage.promptTokens
      _ = try await ask("Is there a circle?", shape(folder), keeping: tokens / 16 - 2)
      let again = try await ask("What is in the image?", shape(folder))
      #expect(again.finished.images[0].source == .decoder)
      #expect(again.finished.finished.usage.cachedTokens >= 576)
      #expect(again.text == alone.text && again.tokens == alone.tokens)
    }
  }

  /// Every file in turn, a bit in its middle: what does not come back is seen and read again, and the answer is right.
  @Test func whatIsDamagedOnTheDiskIsReadAgain() async throws {
    try await withFolder { folder in
      let first = try await ask("What is in the image?", shape(folder), keeping: 36)
      let entries = "\(folder)/v1/entries"
      for name in try FileManager.default.contentsOfDirectory(atPath: entries) {
        let path = "\(entries)/\(name)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
      }
      let again = try await ask("What is in the image?", shape(folder))
      #expect(again.finished.images[0].source == .encoded)
      #expect(again.finished.finished.usage.cachedTokens == 0)
      #expect(again.tokens == first.tokens)
    }
  }

  @Test func whatAnotherBuildOrPrecisionHasWrittenIsNotRead() async throws {
    try await withFolder { folder in
      _ = try await ask("What is in the image?", shape(folder), keeping: 36)
      for other in [shape(folder, build: 2), shape(folder, in: .bf16)] {
        let answer = try await ask("What is in the image?", other)
        #expect(answer.finished.images[0].source == .encoded)
      }
    }
  }

  /// A directory, and what was asked of it in which order.
  private final class WatchedRows: PrefixStore {
    enum Event: Equatable {
      case announced(PrefixKey)
      case read(PrefixKey)
    }

    private let rows: any PrefixStore
    let events = Lock<[Event]>([])

    init(_ rows: any PrefixStore) { self.rows = rows }

    func contains(_ key: PrefixKey) -> Bool { rows.contains(key) }
    func announce(_ key: PrefixKey) {
      events.withLock { $0.append(.announced(key)) }
      rows.announce(key)
    }
    func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool {
      events.withLock { $0.append(.read(key)) }
      return rows.read(key, into: &block)
    }
    func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool { rows.write(key, block) }
  }

  @Test func theDiskHearsOfBlocksBeforeTheyAreRead() async throws {
    try await withFolder { folder in
      _ = try await ask("What is in the image?", shape(folder), keeping: 36)
      let watched = Lock<[WatchedRows]>([])
      var shape = shape(folder)
      let rows = shape.prefixes!
      shape.prefixes = { checkpoint, options in
        let store = WatchedRows(try rows(checkpoint, options))
        watched.withLock { $0.append(store) }
        return store
      }
      _ = try await ask("Is there a circle?", shape)
      let events = watched.withLock { $0[0].events.withLock { $0 } }
      var announced: [PrefixKey] = []
      for event in events {
        switch event {
        case .announced(let key): announced.append(key)
        case .read(let key):
          #expect(announced.first == key, "blocks are read in the order in which they were announced")
          announced = Array(announced.dropFirst())
        }
        #expect(announced.count <= 5, "of a large model a block is 8 MiB")
      }
      #expect(announced.isEmpty && events.count >= 2 * 36)
      #expect(events.prefix(4).allSatisfy { if case .announced = $0 { true } else { false } })
    }
  }

  /// A disk that is full, from the first block on.
  private final class FullDisk: PrefixStore {
    let refusedCount = Lock(0)

    func contains(_ key: PrefixKey) -> Bool { false }
    func announce(_ key: PrefixKey) {}
    func read(_ key: PrefixKey, into block: inout MutableRawSpan) -> Bool { false }
    func write(_ key: PrefixKey, _ block: [UInt8]) -> Bool {
      refusedCount.withLock { $0 += 1 }
      return false
    }
  }

  @Test func whatAFullDiskRefusesIsNotCountedAsKept() async throws {
    let disk = FullDisk()
    var shape = Cluster.Shape()
    shape.prefixes = { _, _ in disk }
    try await Cluster.with(shape, over: transport, name: "full-\(UUID().uuidString)") { cluster in
      _ = try await cluster.ask("What is in the image?", try Sample.image(picture))
      while disk.refusedCount.withLock({ $0 }) < 36 { await Task.yield() }
      while await cluster.engines[0].health().gauges["kv_blocks_referenced"] != 0 { await Task.yield() }
      #expect(await cluster.engines[0].health().gauges["kv_blocks_kept"] == 0)
    }
    await transport.close()
  }

  @Test func theDirectoryStaysWithinItsBound() async throws {
    try await withFolder { folder in
      let bound = 256 << 10
      let answer = try await ask("What is in the image?", shape(folder, byteCount: bound), keeping: 36)
      let entries = "\(folder)/v1/entries"
      let sizes = try FileManager.default.contentsOfDirectory(atPath: entries).map {
        try FileManager.default.attributesOfItem(atPath: "\(entries)/\($0)")[.size] as? Int ?? .max
      }
      #expect(!sizes.isEmpty && sizes.reduce(0, +) <= bound)
      let again = try await ask("What is in the image?", shape(folder, byteCount: bound))
      #expect(again.tokens == answer.tokens)
    }
  }
}
