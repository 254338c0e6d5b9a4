import Contracts
import RPC
import Testing
import TilePlan

@testable import Gateway

@Suite struct FeatureKeyTests {
  private static let contract = FeatureContract(
    imageSide: 4, patchSide: 2, mean: [0, 0, 0], standardDeviation: [1, 1, 1], layers: [1], keepsClassToken: false,
    tokenCount: 4, width: 3)

  private static func card(_ change: (inout ModelCard) -> Void = { _ in }) -> ModelCard {
    var card = ModelCard(
      name: "m", contract: contract, towerFingerprint: [1, 2, 3], precision: "f32", policy: .pad, isDemonstration: false
    )
    change(&card)
    return card
  }

  /// A PNG's header, which is all that a key needs of it.
  private static func image(width: UInt8, height: UInt8, last: UInt8 = 0) throws -> ImageFile {
    let head: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
    return try ImageFile(
      head + [0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0, 0, 0, 0, last], limits: ImageLimits())
  }

  private static func key(
    _ image: ImageFile, _ policy: ImagePolicy = .pad, element: FeatureElement = .f16, pixels: FeatureElement = .f32,
    card: ModelCard = card(), precision: String = "f32", salt: [UInt8] = []
  ) -> FeatureKey {
    FeatureKey(
      of: image, policy: policy, element: element, pixels: pixels, card: card, precision: precision,
      salt: TenantSalt(bytes: salt))
  }

  @Test func whateverAFeatureDependsOnIsAnotherKey() throws {
    let image = try Self.image(width: 8, height: 4)
    let keys = [
      Self.key(image), Self.key(try Self.image(width: 4, height: 8)),
      Self.key(try Self.image(width: 8, height: 4, last: 1)),
      Self.key(image, .crop), Self.key(image, .tiles(.untrained)), Self.key(image, element: .f32),
      Self.key(image, pixels: .f16), Self.key(image, card: Self.card { $0.towerFingerprint = [1, 2, 4] }),
      Self.key(image, card: Self.card { $0.contract.layers = [2] }),
      Self.key(image, card: Self.card { $0.towerName = "t" }),
      Self.key(image, precision: "int8"), Self.key(image, salt: [1]), Self.key(image, salt: [2]),
      Self.key(image, salt: [1, 0]),
    ]
    #expect(Set(keys.map(\.bytes)).count == keys.count)
    #expect(Set(keys.map { $0.view(0).bytes } + keys.map { $0.view(1).bytes }).count == 2 * keys.count)
    #expect(Self.key(image) == keys[0])
  }

  @Test func theContractIsTheModelsAndNotThePictures() throws {
    let (one, other) = (try Self.image(width: 8, height: 4), try Self.image(width: 4, height: 8))
    #expect(Self.key(one).contract == Self.key(other, .crop, salt: [1]).contract)
    #expect(Self.key(one).contract != Self.key(one, element: .f32).contract)
    #expect(Self.key(one).view(3).contract == Self.key(one).contract)
  }

  private static let view = SeenView(
    features: ViewFeatures(element: .f16, tokenCount: 4, width: 3, bytes: (0..<24).map { UInt8($0) }),
    timings: [Timing("encode", microseconds: 5)], worker: "tcp://127.0.0.1:7601")

  @Test func aViewComesBackFromItsBytesWithoutItsTimes() throws {
    let found = try #require(SeenView(tierBytes: Self.view.tierBytes, element: .f16, contract: Self.contract))
    #expect(found.features == Self.view.features && found.worker == Self.view.worker && found.timings.isEmpty)
  }

  @Test func bytesOfAnotherShapeOrChangedOnesAreNoView() {
    let bytes = Self.view.tierBytes
    func isView(_ bytes: [UInt8], _ element: FeatureElement = .f16, _ contract: FeatureContract = Self.contract) -> Bool
    {
      SeenView(tierBytes: bytes, element: element, contract: contract) != nil
    }
    var wider = Self.contract
    wider.width = 6
    #expect(!isView(bytes, .f32) && !isView(bytes, .f16, wider) && !isView(bytes + [0]))
    // The same bytes in another arrangement are the contract's to tell apart, which is a part of the key.
    for count in 0..<bytes.count { #expect(!isView(Array(bytes.prefix(count))), "\(count) bytes") }
    for index in bytes.indices where !(3..<3 + Self.view.worker.utf8.count).contains(index) {
      var changed = bytes
      changed[index] ^= 0x11
      #expect(!isView(changed), "byte \(index)")
    }
  }
}
