import Foundation
import Testing

@testable import Checkpoint
@testable import Numerics

@Suite struct WeightsTests {
  /// The bytes that a matrix points at.
  func bytes(_ matrix: WeightMatrix) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: matrix.base, count: matrix.type.byteCount(of: matrix.rows * matrix.columns)))
  }

  @Test func aMatrixIsTheFilesOwnBytes() throws {
    try Fixtures.withFolder { folder in
      var writer = SafetensorsWriter()
      writer.add("odd", "U8", [3], [1, 2, 3])  // what follows is not aligned
      writer.add("w", "BF16", [2, 2], [0, 1, 2, 3, 4, 5, 6, 7])
      writer.add("patch", "F16", [2, 3, 1, 1], Array(0..<12))
      try folder.write("x.safetensors", writer.file)
      let weights = Weights(try SafetensorsFile(path: folder.path("x.safetensors")))

      let matrix = try weights.matrix("w", rows: 2, columns: 2)
      #expect(matrix.rows == 2 && matrix.columns == 2 && matrix.type == .bf16)
      #expect(bytes(matrix) == Array(0..<8))
      let patch = try weights.matrix("patch", shape: [2, 3, 1, 1])
      #expect(patch.rows == 2 && patch.columns == 3 && patch.type == .f16)
      #expect(bytes(patch) == Array(0..<12))
    }
  }

  @Test func aMatrixOutlivesTheFilesName() throws {
    let matrix = try Fixtures.withFolder { folder in
      var writer = SafetensorsWriter()
      writer.add("w", "BF16", [2, 2], [0, 1, 2, 3, 4, 5, 6, 7])
      try folder.write("x.safetensors", writer.file)
      return try Weights(SafetensorsFile(path: folder.path("x.safetensors"))).matrix("w", rows: 2, columns: 2)
    }
    #expect(bytes(matrix) == Array(0..<8))
  }

  @Test func aVectorIsWidenedExactly() throws {
    try Fixtures.withFolder { folder in
      let values: [Float] = [0, -0.0, 1, -1.5, 65_504, 0.000_000_059_604_645, .infinity]
      var writer = SafetensorsWriter()
      writer.add("f32", "F32", [7], values.flatMap { SafetensorsWriter.littleEndian($0.bitPattern) })
      writer.add("f16", "F16", [7], values.flatMap { SafetensorsWriter.littleEndian(Float16($0).bitPattern) })
      writer.add(
        "bf16", "BF16", [2], [Float(-1.5), 256].flatMap { SafetensorsWriter.littleEndian(UInt16($0.bitPattern >> 16)) })
      try folder.write("x.safetensors", writer.file)
      let weights = Weights(try SafetensorsFile(path: folder.path("x.safetensors")))
      for name in ["f32", "f16"] {
        #expect(try weights.vector(name, count: 7).map(\.bitPattern) == values.map(\.bitPattern), "\(name)")
      }
      #expect(try weights.vector("bf16", count: 2) == [-1.5, 256])
    }
  }

  @Test func whatIsMissingMisshapenOrOfAnotherTypeIsNamed() throws {
    try Fixtures.withFolder { folder in
      var writer = SafetensorsWriter()
      writer.add("layers.0.w", [2, 3])
      writer.add("layers.0.b", "F64", [2], [UInt8](repeating: 0, count: 16))
      try folder.write("x.safetensors", writer.file)
      let weights = Weights(try SafetensorsFile(path: folder.path("x.safetensors")))["layers.0"]
      #expect(weights.has("w") && !weights.has("q"))

      func failure(_ body: () throws -> Void) -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try body() }
      }
      let missing = failure { _ = try weights.matrix("q", rows: 2, columns: 3) }
      #expect(missing?.code == .missingTensor)
      for words in ["x.safetensors", "layers.0.q", "[2, 3]"] { #expect(missing?.message.contains(words) == true) }
      let misshapen = failure { _ = try weights.matrix("w", rows: 3, columns: 2) }
      #expect(misshapen?.code == .shapeMismatch)
      for words in ["x.safetensors", "layers.0.w", "[3, 2]", "[2, 3]"] {
        #expect(misshapen?.message.contains(words) == true)
      }
      #expect(failure { _ = try weights.vector("w", count: 6) }?.code == .shapeMismatch)
      let typed = failure { _ = try weights.vector("b", count: 2) }
      #expect(typed?.code == .unsupportedType && typed?.message.contains("F64") == true)
    }
  }
}
