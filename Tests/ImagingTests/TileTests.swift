import Imaging
import Testing
import TilePlan

@Suite struct TileTests {
  /// `preprocessing.json`, as far as it is about pictures that are split.
  private struct Original: Decodable {
    struct Image: Decodable {
      let anyres: Views?
    }

    struct Views: Decodable {
      let shape: [Int]
      let f32: String
    }

    let images: [String: Image]
  }

  @Test func splitPicturesAreTheOriginalsNormalisedViews() throws {
    let images = try Golden.json("preprocessing.json", as: Original.self).images
    let preprocessor = Preprocessor(policy: .tiles(.original()))
    var compared = 0
    for (name, expected) in images {
      guard let expected = expected.anyres else { continue }
      let sides = name.split(separator: "x").compactMap { Int($0) }
      let views = preprocessor.views(of: Golden.synthetic(ImageSize(width: sides[0], height: sides[1])))
      #expect(views.count == expected.shape[0] && views.map(\.index) == Array(views.indices), "\(name)")
      #expect(Golden.digest(views.flatMap(preprocessor.normalized)).hasPrefix(expected.f32), "\(name)")
      compared += 1
    }
    #expect(compared == 4)
  }

  /// `tiles.json`: width, height and the digest of all views, 200 pictures in all.
  private struct Tiles: Decodable {
    struct Picture: Decodable {
      let size: ImageSize
      let digest: String

      init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        size = ImageSize(width: try row.decode(Int.self), height: try row.decode(Int.self))
        digest = try row.decode(String.self)
      }
    }

    let original: [Picture]
    let squared: [Picture]
    let paper: [Picture]
  }

  @Test func everyConventionsViewsArePillowsPixels() throws {
    let tiles = try Golden.json("tiles.json", as: Tiles.self)
    #expect(tiles.original.count + tiles.squared.count + tiles.paper.count == 200)
    let conventions: [(name: String, tiling: Tiling, side: Int, pictures: [Tiles.Picture])] = [
      ("original", .original(), 336, tiles.original),
      ("squared", .squared(grids: [TileGrid(columns: 2, rows: 2)]), 336, tiles.squared),
      ("paper", .paper, 224, tiles.paper),
    ]
    for convention in conventions {
      let preprocessor = Preprocessor(policy: .tiles(convention.tiling), side: convention.side)
      for picture in convention.pictures {
        let views = preprocessor.views(of: Golden.synthetic(picture.size))
        #expect(views.count == preprocessor.plan(for: picture.size).views.count)
        #expect(Golden.digest(views.flatMap(\.pixels)).hasPrefix(picture.digest), "\(convention.name), \(picture.size)")
      }
    }
  }

  /// transformers has the same pixels but where two grids are equally good.
  @Test func aTieOfTransformersIsTheTurnedPicturesViews() {
    let image = Golden.synthetic(ImageSize(width: 60, height: 60))
    let original = Preprocessor(policy: .tiles(.original())).views(of: image)
    let transformers = Preprocessor(policy: .tiles(.transformers())).views(of: image)
    #expect(original.count == 3 && transformers.count == 3)
    #expect(original[0] == transformers[0] && original[1] != transformers[1])
  }
}
