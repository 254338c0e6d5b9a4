import Clusters
import Concurrency
import Contracts
import FeatureTiers
import Foundation
import NNGTransport
import StoreClient
import Testing

/// Features that outlive a gateway, or that several share, and are never the wrong ones.
@Suite struct StoreTests {
  private let transport = NNGTransport(clock: SystemClock())
  private let clock = SystemClock()
  /// Long enough for a machine that is busy.
  private static let patience = Duration.seconds(20)
  private static let capacity = 1 << 30

  private final class Folder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llava-system-\(UUID().uuidString)").path
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder = Folder()

  private func tier(in place: String = "shared") throws -> SecondTier {
    let ledger = TierLedger(.disk)
    let directory = try DirectoryTier(at: "\(folder.path)/\(place)", byteCount: Self.capacity, ledger: ledger)
    return SecondTier(
      GuardedTier(directory, name: place, patience: Self.patience, ledger: ledger, clock: clock),
      ledger: ledger, clock: clock)
  }

  /// A cluster of its own, new in all but the tier; returns once what it made is written.
  private func cluster<Result: Sendable>(
    _ tier: SecondTier, _ name: String, model: String = TestModel.demo, settles: Bool = true,
    _ body: @escaping @Sendable (Cluster) async throws -> Result
  ) async throws -> Result {
    var shape = Cluster.Shape()
    (shape.vision, shape.decoders, shape.tier) = ([model], [model], tier)
    return try await Cluster.with(shape, over: transport, name: name) { cluster in
      let result = try await body(cluster)
      while settles, tier.count(of: .writes) < tier.count(of: .misses) { await Task.yield() }
      return result
    }
  }

  private func encodeCount(_ cluster: Cluster) async -> Int {
    await cluster.encoders[0].health().gauges["received"] ?? -1
  }

  @Test func aGatewayThatStartsAnewKnowsTheImagesOfTheOneBefore() async throws {
    let image = try Sample.image("02_640x480.jpg")
    let first = try await cluster(try tier(), "store-before") { try await $0.ask(Sample.describe, image) }
    let (second, encodes) = try await cluster(try tier(), "store-after") { cluster in
      (try await cluster.ask(Sample.describe, image), await self.encodeCount(cluster))
    }
    #expect(first.finished.images[0].source == .encoded && second.finished.images[0].source == .disk)
    #expect(encodes == 0)
    #expect(second.tokens == first.tokens)
    #expect(second.finished.images[0].featureDigest == first.finished.images[0].featureDigest)
    #expect(second.finished.images[0].worker == first.finished.images[0].worker)
    await transport.close()
  }

  @Test func thePartsOfAPictureAreFoundEachByItself() async throws {
    let image = try Evaluation.image(named: "0006.png", of: TestModel.demoHD)
    let first = try await cluster(try tier(), "store-parts", model: TestModel.demoHD) {
      try await $0.ask(Sample.describe, image)
    }
    // One part is lost on the disk.
    let entries = folder.path + "/shared/v1/entries"
    let names = try FileManager.default.contentsOfDirectory(atPath: entries)
    #expect(names.count == 5)
    try FileManager.default.removeItem(atPath: "\(entries)/\(names[0])")
    let tier = try tier()
    let second = try await cluster(tier, "store-parts-again", model: TestModel.demoHD) {
      try await $0.ask(Sample.describe, image)
    }
    #expect(second.tokens == first.tokens)
    #expect((tier.count(of: .hits), tier.count(of: .misses)) == (4, 1))
    await transport.close()
  }

  /// What was seen of each, by a system without any store: the same must be seen with one that is full of the others.
  @Test func theSameBytesSeenOtherwiseNeverGetTheWrongFeatures() async throws {
    let image = try Sample.image("10_600x300.jpg")
    let pixel: (Int, Int, Int) -> UInt8 = { x, y, channel in UInt8(truncatingIfNeeded: x * 5 + y * 3 * channel) }
    let upright = PNG.file(width: 48, height: 32, value: pixel)
    let turned = PNG.file(width: 32, height: 48) { x, y, channel in pixel(y, x, channel) }
    let (layer, tower) = (try ChangedModel.ofAnotherLayer(), try ChangedModel.ofAnotherTower())
    let ways: [(name: String, model: String, image: [UInt8], change: @Sendable (inout AskRequest) -> Void)] = [
      ("pad", TestModel.demo, image, { _ in }), ("crop", TestModel.demo, image, { $0.policy = .crop }),
      ("pixels", TestModel.demo, image, { $0.pixels = .f16 }), ("f32", TestModel.demo, image, { $0.element = .f32 }),
      ("upright", TestModel.demo, upright, { _ in }),
      ("transposed", TestModel.demo, turned, { _ in }), ("parts", TestModel.demoHD, image, { _ in }),
      ("other layer", layer, image, { _ in }), ("other tower", tower, image, { _ in }),
    ]
    func digests(_ round: String) async throws -> [[UInt8]] {
      var digests: [[UInt8]] = []
      for (index, way) in ways.enumerated() {
        let tier = try tier(in: round == "alone" ? "alone-\(index)" : "shared")
        let receipt = try await cluster(tier, "store-\(round)-\(index)", model: way.model) { cluster in
          try await cluster.ask("Hi", way.image) {
            $0.tokenLimit = 1
            way.change(&$0)
          }.finished.images[0]
        }
        #expect(receipt.source == (round == "again" ? .disk : .encoded), "\(round): \(way.name)")
        digests.append(receipt.featureDigest)
      }
      return digests
    }
    let alone = try await digests("alone")
    #expect(try await digests("filling") == alone)
    #expect(try await digests("again") == alone)
    #expect(Set(alone).count == ways.count)
    for model in [layer, tower] { try ChangedModel.remove(model) }

    // A file that is cut short is another file, and no picture.
    let refusal = try await cluster(try tier(), "store-cut", settles: false) {
      try await $0.refusal("Hi", Array(image.dropLast(500)))
    }
    #expect(refusal.code == .unsupportedImage)
    await transport.close()
  }

  @Test func twoGatewaysWithOneStoreEncodeAnImageOnce() async throws {
    let server = try await StoreServer.started()
    let key = try StoreKey([UInt8](repeating: 3, count: 32))
    let address = try #require(StoreAddress("unix://\(server.path)"))
    var options = StoreOptions()
    options.connectTimeout = Self.patience
    // On a machine that is busy an encode takes longer than a lease does elsewhere.
    var filling = SecondTier.Options()
    filling.leaseDuration = .seconds(600)
    let clients = [
      try StoreClient(to: [address], options, clock: clock), try StoreClient(to: [address], options, clock: clock),
    ]
    let tiers = clients.map { client in
      let ledger = TierLedger(.store)
      let tier = client.tier(sealedWith: key, patience: Self.patience, ledger: ledger, clock: clock)
      return SecondTier(tier, options: filling, ledger: ledger, clock: clock)
    }
    let images = try ["02_640x480.jpg", "10_600x300.jpg", "01_336x336.png"].map { try Sample.image($0) }
    let receipts = try await cluster(tiers[0], "store-one") { one in
      try await self.cluster(tiers[1], "store-other") { other in
        let receipts = try await withThrowingTaskGroup(of: SightReceipt.self) { group in
          for image in images {
            for gateway in [one, other] {
              group.addTask { try await gateway.ask("Hi", image) { $0.tokenLimit = 1 }.finished.images[0] }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let encodes = await self.encodeCount(one) + self.encodeCount(other)
        #expect(encodes == images.count)
        return receipts
      }
    }
    #expect(receipts.count { $0.source == .encoded } == images.count)
    #expect(receipts.count { $0.source == .store } == images.count)
    #expect(Set(receipts.map(\.featureDigest)).count == images.count)
    for client in clients { await client.close() }
    await transport.close()
  }

  @Test func aStoreThatIsKilledCostsTimeAndNothingElse() async throws {
    let server = try await StoreServer.started()
    let address = try #require(StoreAddress("unix://\(server.path)"))
    let client = try StoreClient(to: [address], clock: clock)
    let ledger = TierLedger(.store)
    let tier = SecondTier(
      client.tier(
        sealedWith: try StoreKey([UInt8](repeating: 3, count: 32)), patience: .milliseconds(500), ledger: ledger,
        clock: clock), ledger: ledger, clock: clock)
    var shape = Cluster.Shape()
    shape.tier = tier
    let names = ["02_640x480.jpg", "10_600x300.jpg", "01_336x336.png", "11_1000x750.png"]
    try await Cluster.with(shape, over: transport, name: "store-killed") { cluster in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in names {
          group.addTask {
            let answer = try await cluster.ask("Hi", try Sample.image(name)) { $0.tokenLimit = 1 }
            #expect(answer.finished.images[0].source == .encoded)
          }
        }
        while ledger.count(of: .misses) == 0 { await Task.yield() }
        server.kill()
        try await group.waitForAll()
      }
      try await cluster.settled { await cluster.gateway.health() }
    }
    await client.close()
    await transport.close()
  }
}
