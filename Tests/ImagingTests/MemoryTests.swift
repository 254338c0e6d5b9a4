import Foundation
import Imaging
import Testing
import TilePlan

/// What decoding takes of memory, counted by the kernel in a process of the test's own.
@Suite struct MemoryTests {
  /// Views, their sums, and some rows of a picture of 100 megapixels.
  private static let bound = 12 << 20

  /// Bytes of memory that this process had at most and has now (proc(5): VmHWM, VmRSS).
  private static func memory() throws -> (peak: Int, now: Int) {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    func bytes(_ name: String) throws -> Int {
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
      return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1])) * 1024
    }
    return (try bytes("VmHWM"), try bytes("VmRSS"))
  }

  private static func growth(decoding file: [UInt8], _ size: ImageSize) throws -> Int {
    let preprocessor = Preprocessor(policy: .tiles(.original()))
    _ = try preprocessor.views(decoding: FabricatedJPEG.file(width: 40, height: 40))  // what is only loaded once
    let before = try memory().now
    let seen = try preprocessor.views(decoding: file)
    #expect(seen.size == size && seen.views.count == 5)
    return try memory().peak - before
  }

  @Test func aHundredMegapixelsAreNeverWholeInMemory() async {
    await #expect(processExitsWith: .success) {
      let file = FabricatedJPEG.file(width: 10_000, height: 10_000)
      let growth = try Self.growth(decoding: file, ImageSize(width: 10_000, height: 10_000))
      #expect(growth < Self.bound, "\(growth) bytes")
    }
  }

  /// Each of its scans adds to all of the picture: two bytes for each of its samples.
  @Test func aProgressivePictureTakesItsCoefficients() async {
    await #expect(processExitsWith: .success) {
      let file = FabricatedJPEG.file(width: 4_000, height: 4_000, isProgressive: true)
      let growth = try Self.growth(decoding: file, ImageSize(width: 4_000, height: 4_000))
      #expect(growth < 4_000 * 4_000 * 3 + Self.bound && growth > 4_000 * 4_000 * 3 / 2, "\(growth) bytes")
    }
  }

  @Test func aClaimedGiantTakesNothing() async {
    await #expect(processExitsWith: .success) {
      let file = FabricatedJPEG.file(width: 64, height: 64).replacing([0, 64, 0, 64], with: [0xFF, 0xDC, 0xFF, 0xDC])
      let before = try Self.memory().now
      let error = #expect(throws: ImagingError.self) {
        try Preprocessor(policy: .tiles(.original())).views(decoding: file)
      }
      #expect(error?.code == .refused(.tooManyPixels(found: 65_500 * 65_500, allowed: 178_956_970)))
      let growth = try Self.memory().peak - before
      #expect(growth < 4 << 20, "\(growth) bytes")
    }
  }

  @Test func rowsAsTheyComeGiveTheViewsOfTheWholePicture() throws {
    for name in ["small.jpg", "small-progressive.jpg", "rgb-8-interlaced.png", "small.png", "small.webp"] {
      let file = try Golden.bytes("decoded/\(name)")
      let image = try ImageDecoder.decode(file)
      for policy in [
        ImagePolicy.pad, .crop, .tiles(.original()), .tiles(.squared(grids: [TileGrid(columns: 2, rows: 2)])),
      ] {
        let preprocessor = Preprocessor(policy: policy)
        let seen = try preprocessor.views(decoding: file)
        #expect(seen.size == image.size)
        #expect(seen.views == preprocessor.views(of: image), "\(name), \(policy)")
      }
    }
  }

  @Test func nobodyGetsViewsOfAFileThatEndsEarly() throws {
    let file = try Golden.bytes("decoded/small.jpg")
    let error = #expect(throws: ImagingError.self) {
      try Preprocessor(policy: .tiles(.original())).views(decoding: Array(file.dropLast(30)))
    }
    #expect(error?.code == .truncated)
  }
}
