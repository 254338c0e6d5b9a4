import Clusters
import Concurrency
import Contracts
import Foundation
import NNGTransport
import RPC
import Testing

@Suite struct BadInputTests {
  private let transport = NNGTransport(clock: SystemClock())

  /// A PNG's first bytes that claim a size, and nothing behind them.
  private func claim(_ width: UInt32, _ height: UInt32) -> [UInt8] {
    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
    func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    return signature + bytes(width) + bytes(height) + [8, 2, 0, 0, 0, 0, 0, 0, 0]
  }

  @Test func eachKindOfBadInputGetsItsOwnErrorAndTheNextQuestionWorks() async throws {
    let picture = try Sample.image("02_640x480.jpg")
    let cases: [(String, [UInt8], String, ServiceError.Code, String)] = [
      ("no image", Array("hello, world".utf8), "Hi", .unsupportedImage, "not an image"),
      ("an empty file", [], "Hi", .invalidRequest, "found 0"),
      ("a GIF", Array("GIF89a".utf8) + Array(repeating: 0, count: 64), "Hi", .unsupportedImage, "GIF"),
      ("a bomb", claim(65_500, 65_500), "Hi", .tooLarge, "65500"),
      ("a line", claim(10_000, 1), "Hi", .tooLarge, "10000x1"),
      ("half a picture", Array(picture.prefix(picture.count / 2)), "Hi", .unsupportedImage, "the file ends"),
      ("no question", picture, "", .invalidRequest, "empty"),
      ("a NUL", picture, "a\0b", .invalidRequest, "U+0000"),
      ("a book", picture, String(repeating: "word ", count: 5_000), .tooLarge, "4096"),
    ]
    try await Cluster.with(over: transport, name: "bad-input") { cluster in
      for (name, image, question, code, words) in cases {
        let error = try await cluster.refusal(question, image)
        #expect(error.code == code, "\(name): \(error)")
        #expect(error.message.contains(words), "\(name): \(error)")
        #expect(try await cluster.ask("Hi", picture) { $0.tokenLimit = 1 }.tokens.count == 1, "after \(name)")
      }
      let unplaced = AskRequest(turns: [Turn(.user, [.text("Hi")])], imageByteCounts: [picture.count])
      await #expect {
        _ = try await cluster.client.ask(unplaced, images: [picture], in: cluster.context()) { _ in }
      } throws: {
        ($0 as? ServiceError)?.code == .invalidRequest
      }
      let options: [(String, (inout AskRequest) -> Void)] = [
        ("temperature", { $0.sampling.temperature = -1 }), ("top_p", { $0.sampling.topP = 2 }),
        ("stop", { $0.stops = Array(repeating: "x", count: 17) }),
      ]
      for (field, change) in options {
        let error = try await cluster.refusal("Hi", picture, change)
        #expect(error.code == .invalidRequest && error.message.contains(field), "\(field): \(error)")
      }
    }
    await transport.close()
  }

  @Test func aPictureOfOnePixelIsAnswered() async throws {
    let pixel = try Data(
      contentsOf: TestModel.root.appendingPathComponent("Tests/Golden/imaging/decoded/1x1-420.jpg"))
    try await Cluster.with(over: transport, name: "one-pixel") { cluster in
      let answer = try await cluster.ask("Hi", Array(pixel)) { $0.tokenLimit = 1 }
      #expect(answer.finished.images[0].width == 1 && answer.finished.images[0].height == 1)
    }
    await transport.close()
  }

  @Test func aThousandBadRequestsLeaveNothingBehind() async throws {
    let picture = try Sample.image("02_640x480.jpg")
    try await Cluster.with(over: transport, name: "thousand") { cluster in
      _ = try await cluster.ask("Hi", picture) { $0.tokenLimit = 1 }
      try await cluster.settled(cluster.engines[0].health)
      let before = try await Rest(cluster, self.transport)
      for index in 0..<1000 {
        let error =
          switch index % 4 {
          case 0: try await cluster.refusal("Hi", Array("not an image \(index)".utf8))
          case 1: try await cluster.refusal("Hi", Array(picture.prefix(index)))
          case 2: try await cluster.refusal("", picture)
          default: try await cluster.refusal("Hi", picture) { $0.sampling.minP = -1 }
          }
        #expect([.unsupportedImage, .invalidRequest].contains(error.code), "\(index): \(error)")
      }
      for health in [cluster.gateway.health, cluster.engines[0].health, cluster.encoders[0].health] {
        try await cluster.settled(health)
      }
      #expect(try await Rest(cluster, self.transport) == before)
    }
    await transport.close()
  }

  /// What must be as it was once nothing is in progress.
  private struct Rest: Equatable {
    var messages: Int
    var referencedBlocks: Int?
    var freeAndCachedBlocks: Int

    init(_ cluster: Cluster, _ transport: NNGTransport) async throws {
      let gauges = await cluster.engines[0].health().gauges
      referencedBlocks = gauges["kv_blocks_referenced"]
      freeAndCachedBlocks = (gauges["kv_blocks_free"] ?? 0) + (gauges["kv_blocks_cached"] ?? 0)
      // A message is ours until the library has taken it, which its own threads say a moment later.
      while transport.liveMessageCount > 0 { await Task.yield() }
      messages = transport.liveMessageCount
    }
  }
}
