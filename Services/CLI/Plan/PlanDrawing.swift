import Foundation
import Imaging
import Launch
import TilePlan

/// What a model sees, with the grid drawn over it: the tiles where they lie, darker where their features are dropped. A
/// picture that is not split is its only view.
struct PlanDrawing {
  let image: RGBImage

  /// Pixels that a tile's border is wide, on its own side.
  private static let border = 2
  private static let colour: [UInt8] = [255, 64, 160]

  /// Throws where a model's tiles together are more than a picture may have of pixels.
  init(_ plan: TilePlan, views: [ViewPixels]) throws(LaunchError) {
    guard let grid = plan.grid, let map = plan.map else {
      image = RGBImage(size: ImageSize(width: plan.viewSide, height: plan.viewSide), pixels: views[0].pixels)
      return
    }
    let side = plan.viewSide
    let patches = side / plan.patchSide
    let size = ImageSize(width: grid.columns * side, height: grid.rows * side)
    let limit = ImageLimits().pixelCount
    guard size.pixelCount <= limit else {
      throw LaunchError(.usage, "--draw: expected tiles of at most \(limit) pixels together, found \(size)")
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size.pixelCount * 3)
    for y in 0..<size.height {
      let keepsRow = map.keptRows.contains(Self.feature(y, side, plan.patchSide, patches))
      for x in 0..<size.width {
        let tile = views[1 + y / side * grid.columns + x / side].pixels
        let pixel = (y % side * side + x % side) * 3
        if Self.isBorder(x % side, side) || Self.isBorder(y % side, side) {
          pixels += Self.colour
        } else if keepsRow, map.keptColumns.contains(Self.feature(x, side, plan.patchSide, patches)) {
          pixels += tile[pixel..<pixel + 3]
        } else {
          pixels += tile[pixel..<pixel + 3].map { $0 / 3 }
        }
      }
    }
    image = RGBImage(size: size, pixels: pixels)
  }

  /// Writes a PNG file.
  func write(to path: String) throws(LaunchError) {
    guard let file = image.png else { throw LaunchError(.file, "\(path): no memory for a picture of \(image.size)") }
    do {
      try Data(file).write(to: URL(filePath: path))
    } catch {
      throw LaunchError(.file, "\(path): \(error.localizedDescription)")
    }
  }

  /// The place on the map of the feature that a pixel is in; pixels behind a tile's last whole patch are in none.
  private static func feature(_ pixel: Int, _ side: Int, _ patchSide: Int, _ patches: Int) -> Int {
    let patch = pixel % side / patchSide
    return patch < patches ? pixel / side * patches + patch : -1
  }

  private static func isBorder(_ place: Int, _ side: Int) -> Bool { place < border || place >= side - border }
}
