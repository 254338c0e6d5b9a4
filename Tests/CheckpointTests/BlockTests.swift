import Testing

@testable import Checkpoint
@testable import Numerics

/// Against `Tests/Golden/ggml/blocks.gguf`, which llama.cpp's Python package made.
@Suite struct BlockTests {
  let golden: GGUFFile

  init() throws {
    golden = try GGUFFile(path: Fixtures.golden("ggml/blocks.gguf"))
  }

  func tensor(_ name: String) throws -> StoredTensor { try #require(golden[name], "\(name)") }

  func numbers(_ name: String) throws -> [Float] {
    let tensor = try tensor(name)
    return tensor.file.floats(tensor.range, as: try #require(tensor.weightType))
  }

  @Test(arguments: WeightType.allCases.filter { !$0.isPlain })
  func blocksStandForTheNumbersThatTheDefinitionGivesThem(type: WeightType) throws {
    let stored = try tensor("\(type.rawValue).blocks")
    #expect(stored.weightType == type)
    let found = try numbers("\(type.rawValue).blocks")
    let expected = try numbers("\(type.rawValue).numbers")
    #expect(found.count == expected.count && found.count > 0)
    for (index, (a, b)) in zip(found, expected).enumerated() {
      #expect(a.bitPattern == b.bitPattern || a.isNaN && b.isNaN, "number \(index): expected \(b), found \(a)")
    }
  }

  @Test(arguments: WeightType.allCases.filter { $0.canEncode && $0 != .f32 })
  func numbersBecomeTheBlocksThatTheDefinitionGivesThem(type: WeightType) throws {
    let rows = try numbers("rows")
    let found = type.encoded(rows)
    let expected = try tensor("\(type.rawValue).rows").bytes
    #expect(found.count == expected.count)
    for block in 0..<expected.count / type.blockByteCount {
      let range = block * type.blockByteCount..<(block + 1) * type.blockByteCount
      #expect(found[range] == expected[range], "block \(block)")
    }
  }

  @Test func aKTypeIsReadAndNotMade() {
    let made = WeightType.allCases.filter(\.canEncode)
    #expect(made == [.f32, .f16, .bf16, .q80, .q40, .q41, .q50, .q51])
    for type in made { #expect(type.encoded([]).isEmpty) }
  }

  /// What the Python package leaves open, and C does not: the scale of a block without a number other than zero is
  /// `0 / -8`, which has a sign, whatever the zeros have.
  @Test func theScaleOfZerosIsThatOfTheDefinition() {
    for zero in [Float(0), -0.0] {
      let zeros = [Float](repeating: zero, count: 32)
      #expect(WeightType.q80.encoded(zeros) == [UInt8](repeating: 0, count: 34))
      #expect(WeightType.q40.encoded(zeros) == [0, 0x80] + [UInt8](repeating: 0x88, count: 16))
      #expect(WeightType.q50.encoded(zeros) == [0, 0x80, 255, 255, 255, 255] + [UInt8](repeating: 0, count: 16))
      let least: UInt8 = zero.sign == .minus ? 0x80 : 0
      #expect(WeightType.q41.encoded(zeros) == [0, 0, 0, least] + [UInt8](repeating: 0, count: 16))
      #expect(WeightType.q51.encoded(zeros) == [0, 0, 0, least] + [UInt8](repeating: 0, count: 20))
    }
  }

  /// Numbers for which the definition converts what fits no integer.
  @Test(arguments: WeightType.allCases.filter { $0.canEncode && !$0.isPlain })
  func noNumberIsTooStrangeToEncode(type: WeightType) {
    let seed: UInt64 = 11
    var random = SeededGenerator(seed: seed)
    let strange: [Float] = [
      .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0,
    ]
    for _ in 0..<500 {
      let values = (0..<64).map { _ in
        Bool.random(using: &random)
          ? strange.randomElement(using: &random)! : Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      }
      #expect(type.encoded(values).count == 2 * type.blockByteCount, "seed \(seed)")
    }
  }

  @Test func everyTypeOfAWeightIsInTheTableOfFiles() {
    for type in WeightType.allCases {
      let stored = GGMLType(type)
      #expect(stored.name == type.rawValue && stored.weightType == type)
      #expect(stored.blockElementCount == type.blockElementCount && stored.blockByteCount == type.blockByteCount)
    }
    #expect(Set(GGMLType.all.map(\.code)).count == GGMLType.all.count)
    #expect(GGMLType.all.filter { $0.weightType != nil }.count == WeightType.allCases.count)
  }
}
