import Checkpoint
import Clusters
import Concurrency
import Contracts
import Crypto
import Decoder
import LanguageModel
import ModelFixtures
import NNGTransport
import Numerics
import RPC
import Testing

/// The random-weight model whose every number is known, over the real wire: grouped-query attention, and no size that the
/// demonstration model has.
@Suite struct GoldenTests {
  private let transport = NNGTransport(clock: SystemClock())

  /// The features of the golden picture, as the vision worker sends them.
  private func features(as element: FeatureElement, name: String) async throws -> ViewFeatures {
    let picture = PNG.file(width: 640, height: 480) { x, y, channel in
      UInt8((7 * x + 13 * y + 29 * channel + x * y % 251) % 256)
    }
    var shape = Cluster.Shape()
    shape.vision = [TestModel.tiny]
    shape.decoders = []
    let features = try await Cluster.with(shape, over: transport, name: name) { cluster in
      let channel = Channel(
        to: try Address("inproc://\(name)-vision-0"), over: self.transport, clock: SystemClock(),
        hello: { Hello(role: .gateway).greeting }, greet: { _ throws(ServiceError) in })
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await channel.run() }
        try await channel.opened()
        let request = EncodeRequest(
          policy: .pad, element: element, imageByteCount: picture.count,
          imageDigest: Array(SHA256.hash(data: picture)))
        let image = try await VisionClient(channel, contract: cluster.encoders[0].card.contract)
          .encode(picture, request, in: cluster.context())
        group.cancelAll()
        #expect(image.prepared == PreparedImage(width: 640, height: 480, viewCount: 1))
        return image.views[0]
      }
    }
    await transport.close()
    return features
  }

  private func model() throws -> LlavaModel {
    try LlavaModel(try Fixture.tiny(), precision: .fp32, on: Compute(threads: 2), blockCount: 64)
  }

  /// The logits of all 599 positions, the prompt computed in chunks of `size` rows.
  private func logits(of rows: Tensor, _ golden: TinyGolden, by model: LlavaModel, in size: Int) -> [Float] {
    let image = golden.inputIDs.firstIndex(of: 300) ?? 0
    let before = golden.inputIDs[..<image]
    let after = Array(golden.inputIDs[(image + 1)...]) + golden.forcedIDs
    let count = before.count + rows.rows + after.count
    let blocks = (0..<Int32((count + 15) / 16)).map { $0 }
    func inputs(_ positions: Range<Int>) -> [SequenceChunk.Input] {
      positions.map { position in
        if position < image { return .tokens([before[position]]) }
        if position < image + rows.rows { return .rows(rows[rows: position - image..<position - image + 1]) }
        return .tokens([after[position - image - rows.rows]])
      }
    }
    return stride(from: 0, to: count, by: size).flatMap { start in
      let chunk = SequenceChunk(
        inputs(start..<min(start + size, count)), at: start, blocks: blocks, logits: .all)
      return model.forward([chunk])[0]
    }
  }

  @Test func featuresProjectionAndLogitsAreTheReferencesOverTheWire() async throws {
    let golden = try TinyGolden()
    let features = try await self.features(as: .f32, name: "golden-f32")
    #expect(
      largestDifference(ElementType.f32.decoded(features.bytes.span.bytes), golden.features) < TinyGolden.tolerance)
    let model = try model()
    let rows = model.project(features)
    #expect(largestDifference(rows.values, golden.projected) < TinyGolden.tolerance)
    let whole = logits(of: rows, golden, by: model, in: 599)
    #expect(largestDifference(whole, golden.logits) < TinyGolden.tolerance)
    #expect(logits(of: rows, golden, by: model, in: 7) == whole)
    #expect(logits(of: rows, golden, by: model, in: 1) == whole)
  }

  @Test func halfPrecisionFeaturesDifferByTheirRoundingAndNoMore() async throws {
    let golden = try TinyGolden()
    let features = try await self.features(as: .f16, name: "golden-f16")
    let halves = ElementType.f16.decoded(features.bytes.span.bytes)
    #expect(features.bytes.count == 576 * 64 * 2)
    // Rounding to the nearest of 11 significant bits moves a value by at most 2^-11 of itself, below 2^-14 by 2^-25.
    func rounding(_ value: Float) -> Float { max(abs(value) * 0x1p-11, 0x1p-25) }
    for (half, exact) in zip(halves, golden.features) {
      #expect(abs(half - exact) <= rounding(exact) + TinyGolden.tolerance)
    }
    // Through the projector: two linear layers, and a GELU whose slope is at most 1.13.
    let file = try SafetensorsFile(path: Fixture.path("deploy/golden/tinyfix/model.safetensors"))
    func weights(_ layer: String) throws -> [Float] {
      let tensor = try #require(file["multi_modal_projector.\(layer).weight"])
      #expect(tensor.type == "F32")
      return ElementType.f32.decoded(tensor.bytes.span.bytes)
    }
    let first = try weights("linear_1")
    let second = try weights("linear_2")
    let projected = try model().project(features).values
    for row in stride(from: 0, to: 576, by: 25) {
      let moved = (0..<64).map { rounding(golden.features[row * 64 + $0]) }
      let hidden = (0..<128).map { unit in
        1.13 * (0..<64).reduce(Float(0)) { $0 + abs(first[unit * 64 + $1]) * moved[$1] }
      }
      for unit in 0..<128 {
        let bound = (0..<128).reduce(Float(0)) { $0 + abs(second[unit * 128 + $1]) * hidden[$1] }
        #expect(abs(projected[row * 128 + unit] - golden.projected[row * 128 + unit]) <= bound + TinyGolden.tolerance)
      }
    }
  }
}
