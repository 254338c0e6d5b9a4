import Numerics

/// Views through the tower and the projector, as many at once as the workload says.
struct EncodeStage {
  private let bench: Bench
  private let model: BenchModel

  init(_ bench: Bench, _ model: BenchModel) {
    self.bench = bench
    self.model = model
  }

  func measured() async throws -> [Figure] {
    var figures: [Figure] = []
    for count in bench.workload.views {
      let views = (0..<count).map { model.pixels(number: $0) }
      let samples = try await bench.samples(of: name(count)) { [model] in
        for features in model.tower.encode(views) { _ = features.map { model.project($0) } }
      }
      figures.append(
        Figure(.encode, name(count), samples: samples.seconds).making(count, "views")
          .needing([model.work.encoding(views: count)], on: samples.limits))
    }
    return figures
  }

  private func name(_ views: Int) -> String { "encode \(views) view\(views == 1 ? "" : "s")" }
}

extension BenchModel {
  /// A view's pixels, different for each number: normalised ones lie between -2 and 2.
  func pixels(number: Int) -> [Float] {
    var state = UInt64(truncatingIfNeeded: number) &+ 1
    return (0..<tower.pixelCount).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) * 0x1p-22 - 2
    }
  }
}
