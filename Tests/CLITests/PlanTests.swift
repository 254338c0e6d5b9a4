import Checkpoint
import Foundation
import Imaging
import Launch
import Testing
import TilePlan

@testable import CLI

@Suite struct PlanTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  private func path(_ name: String) -> String {
    Self.folder.appending(path: "../../\(name)").standardizedFileURL.path
  }

  /// The header of a PNG of this size, which is all that a plan reads.
  private func header(_ width: UInt32, _ height: UInt32) throws -> ImageHeader {
    func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    return try ImageHeader(
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + bytes(width) + bytes(height)
        + [8, 2, 0, 0, 0])
  }

  private func report(
    _ model: PublishedModel, _ width: UInt32, _ height: UInt32, _ flags: String...
  ) throws -> PlanReport {
    try PlanReport(
      of: header(width, height), byteCount: 1_000, by: model.description, SeeingOptions.parse(flags))
  }

  /// The published counts of FLOP, two for each multiply-add.
  @Test func theCostIsThePublishedOne() throws {
    let plain = try report(.llava15Small, 640, 480)
    #expect(plain.policy == "pad" && plain.tokens.total == 576 && plain.views.count == 1 && plain.grid == nil)
    #expect(PlanReport.rounded(2 * plain.cost.encodeMultiplyAdds) == "366 G")
    #expect(PlanReport.rounded(2 * plain.cost.projectMultiplyAdds) == "24.2 G")
    #expect(plain.wire.viewBytes == 338_688 && plain.wire.featureBytes == 1_179_648)
    let split = try report(.llava16Small, 672, 672)
    #expect(split.policy == "hd" && split.tokens.total == 2_928 && split.views.count == 5)
    #expect(split.cost.encodeMultiplyAdds == 5 * plain.cost.encodeMultiplyAdds)
    #expect(split.context.left == 4_096 - 2_928 && split.context.fits)
    let paper = try report(.paperLarge, 640, 480, "--hd")
    #expect(PlanReport.rounded(2 * paper.cost.encodeMultiplyAdds) == "1.1 T")
    #expect(PlanReport.rounded(2 * paper.cost.encodeMultiplyAdds / 7) == "155 G")
    #expect(paper.tokens.total == 1_632 && paper.tokens.mapColumns == 42 && paper.tokens.mapRows == 32)
    #expect(try report(.llava15Large, 9, 9).cost.projectMultiplyAdds == 576 * (1_024 + 5_120) * 5_120)
  }

  /// 4096 multiply-adds a width, by hand: one layer of the language model on two tokens.
  @Test func aPrefillIsEveryTokenOnThoseBeforeIt() throws {
    let plain = try report(.llava15Small, 640, 480)
    let linear = 4 * 4_096 * 4_096 + 3 * 4_096 * 11_008
    #expect(plain.cost.prefillMultiplyAdds == 32 * (576 * linear + 576 * 577 * 4_096))
  }

  @Test func aModelSeesAsItWasTrainedUnlessItIsTold() throws {
    #expect(try report(.llava16Small, 640, 480).policy == "hd")
    #expect(try report(.llava16Small, 640, 480, "--policy", "pad").policy == "pad")
    #expect(try report(.llava15Small, 640, 480, "--policy", "crop").policy == "crop")
    #expect(try report(.llava16Small, 640, 480, "--hd-max-tiles", "2").grid?.columns == 2)
    #expect(try report(.llava16Small, 640, 480, "--hd-max-tiles", "1").tokens.total == 577)
    #expect(try report(.llava16Small, 300, 300).grid?.rows == 2)
    #expect(try report(.llava16Small, 300, 300, "--as", "transformers").grid?.rows == 1)
  }

  @Test func aModelThatWasNotTrainedForPartsSaysSo() throws {
    let error = #expect(throws: LaunchError.self) { try report(.llava15Small, 640, 480, "--hd") }
    #expect(error?.code == .usage && error?.message.contains("--hd-untrained") == true)
    let untrained = try report(.llava15Small, 640, 480, "--hd", "--hd-untrained")
    #expect(!untrained.trained && untrained.tokens.rowEnds == 0 && untrained.text.contains("NOT TRAINED"))
    #expect(try report(.llava16Small, 640, 480, "--hd-untrained").trained)
    #expect(throws: (any Error).self) { try SeeingOptions.parse(["--hd", "--policy", "pad"]) }
    #expect(throws: (any Error).self) { try SeeingOptions.parse(["--hd-max-tiles", "0"]) }
  }

  @Test func theReportIsReadByPeopleAndPrograms() throws {
    let report = try report(.llava16Small, 1_920, 1_080)
    for words in [
      "1920x1080 png", "1948 = 576 of the whole + 48x28 of the tiles + 28 row ends", "2x2 tiles", "2148 of 4096 left",
    ] {
      #expect(report.text.contains(words), "\(words) in \(report.text)")
    }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(try report.json.utf8)) as? [String: Any])
    #expect((object["tokens"] as? [String: Any])?["total"] as? Int == 1_948)
    #expect((object["cost"] as? [String: Any])?["prefill_multiply_adds"] as? Int == report.cost.prefillMultiplyAdds)
    let views = try #require(object["views"] as? [[String: Any]])
    #expect(views.count == 5 && views[0]["column"] == nil && views[4]["row"] as? Int == 1)
  }

  @Test func demonstrationModelsArePlannedWithoutTheirWeights() throws {
    let plain = try ModelDescription(ModelPaths(path("deploy/models/demo")))
    let split = try ModelDescription(ModelPaths(path("deploy/models/demo-hd")))
    let none = try SeeingOptions.parse([])
    #expect(try PlanReport(of: header(800, 600), byteCount: 1, by: plain, none).tokens.total == 576)
    #expect(try PlanReport(of: header(800, 600), byteCount: 1, by: split, none).tokens.total == 2_928)
  }

  @Test func aDrawingShowsTheTilesAndDarkensWhatIsDropped() async throws {
    let plan = TilePlan(of: ImageSize(width: 900, height: 200), policy: .tiles(.original()))
    let preprocessor = Preprocessor(policy: plan.policy)
    let white = RGBImage(size: plan.source, pixels: [UInt8](repeating: 255, count: 900 * 200 * 3))
    let drawing = try PlanDrawing(plan, views: preprocessor.views(of: white)).image
    let grid = try #require(plan.grid)
    #expect(drawing.size == ImageSize(width: 336 * grid.columns, height: 336 * grid.rows))
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      let start = (y * drawing.size.width + x) * 3
      return Array(drawing.pixels[start..<start + 3])
    }
    #expect(pixel(100, drawing.size.height / 2) == [255, 255, 255])
    #expect(pixel(100, 5) == [0, 0, 0])
    #expect(pixel(335, 100) == pixel(336, 100) && pixel(335, 100) != [0, 0, 0])

    let file = FileManager.default.temporaryDirectory.appending(path: "llava-\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: file) }  // what stays behind is in the system's temporary folder
    try await PlanCommand.parse([
      path("deploy/models/demo-hd/eval/images/0006.png"), "--model", path("deploy/models/demo-hd"), "--draw", file.path,
      "--json",
    ]).run()
    let drawn = try ImageDecoder.decode([UInt8](Data(contentsOf: file)))
    #expect(drawn.size == ImageSize(width: 672, height: 672))
  }

  @Test func aPictureOverALimitIsRefusedByItsHeader() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "llava-\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: file) }  // what stays behind is in the system's temporary folder
    let size: [UInt8] = [0, 0, 0xFF, 0xDC]
    try Data(
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + size + size + [
        8, 2, 0, 0, 0,
      ]
    ).write(to: file)
    let error = await #expect(throws: LaunchError.self) {
      try await PlanCommand.parse([file.path, "--model", "llava-1.6-7b"]).run()
    }
    #expect(error?.code == .usage && error?.message.contains("65500x65500") == true)
    let unknown = await #expect(throws: LaunchError.self) {
      try await PlanCommand.parse([path("deploy/models/demo/samples/01_336x336.png"), "--model", "llava-2"]).run()
    }
    #expect(unknown?.message.contains("llava-2") == true)
  }
}
