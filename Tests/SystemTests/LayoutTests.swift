import Checkpoint
import Clusters
import Concurrency
import Contracts
import Conversion
import Foundation
import ModelFixtures
import NNGTransport
import Numerics
import Testing
import Tokenizer

/// The demonstration model in other layouts gives the answers that it gives in its own.
@Suite struct LayoutTests {
  /// One question about each picture; all of them are asked by `llava eval`.
  private func questions() throws -> [Evaluation.Question] {
    var seen: Set<Int> = []
    let questions = try Evaluation.questions().filter { seen.insert($0.imageIndex).inserted }
    #expect(questions.count == 60)
    return questions
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // what stays behind is in the system's temporary folder
    try await body(folder)
  }

  private func converted(
    _ demo: Checkpoint, into folder: URL, to target: Conversion.Target, as types: Conversion.Types = .init()
  ) throws -> ModelPaths {
    let output = folder.appendingPathComponent("demo").path
    try Conversion(demo, try Tokenizer(demo), to: target, as: types).write(to: output) { _ in }
    return ModelPaths(output)
  }

  /// Answers that are not the reference's, with their questions.
  private func differences(
    _ paths: ModelPaths, name: String, of model: String = TestModel.demo, asking questions: [Evaluation.Question]
  ) async throws -> [String] {
    let references = try Evaluation.references(of: model)
    let transport = NNGTransport(clock: SystemClock())
    var shape = Cluster.Shape()
    (shape.vision, shape.decoders, shape.visionTower) = ([paths.model], [paths.model], paths.visionTower)
    let found = try await Cluster.with(shape, over: transport, name: name) { cluster in
      try await withThrowingTaskGroup(of: String?.self) { group in
        for question in questions {
          group.addTask {
            let image = try Evaluation.image(named: question.image, of: model)
            let answer = try await cluster.ask(question.text, image) { $0.tokenLimit = 160 }.text
            let expected = references[question.questionId]
            return answer == expected ? nil : "\(question.questionId): \(answer), not \(expected ?? "")"
          }
        }
        return try await group.reduce(into: [String]()) { found, difference in
          if let difference { found.append(difference) }
        }
      }
    }
    await transport.close()
    return found
  }

  @Test func theOriginalLayoutAnswersTheSame() async throws {
    try await withFolder { folder in
      let paths = try OriginalLayout.write(try Fixture.demo(), into: folder)
      let checkpoint = try Checkpoint(paths)
      #expect(checkpoint.layout == .original && checkpoint.unusedTensors.isEmpty)
      let found = try await differences(paths, name: "layout-original", asking: try questions())
      #expect(found == [])
    }
  }

  @Test(arguments: [WeightType.f32, .f16, .bf16]) func ggufAnswersTheSame(type: WeightType) async throws {
    try await withFolder { folder in
      let paths = try converted(try Fixture.demo(), into: folder, to: .gguf, as: .init(plain: type))
      let checkpoint = try Checkpoint(paths)
      #expect(checkpoint.layout == .gguf && checkpoint.unusedTensors.isEmpty)
      #expect(checkpoint.tensors["language_model.layers.0.self_attn.q_proj.weight"]?.weightType == type)
      let found = try await differences(paths, name: "layout-gguf-\(type.rawValue)", asking: try questions())
      #expect(found == [])
    }
  }

  @Test func aHuggingFaceDirectoryThatWeWroteAnswersTheSame() async throws {
    try await withFolder { folder in
      let paths = try converted(try Fixture.demo(), into: folder, to: .safetensors)
      let found = try await differences(paths, name: "layout-safetensors", asking: try questions())
      #expect(found == [])
    }
  }

  /// Its grids, the padded square that is split, and the vector that ends a row.
  @Test(arguments: [Conversion.Target.safetensors, .gguf])
  func aModelThatSeesPartsAnswersTheSame(target: Conversion.Target) async throws {
    let model = try Checkpoint(ModelPaths(TestModel.demoHD))
    let questions = try Evaluation.questions(of: TestModel.demoHD).filter { $0.image == "0006.png" }
    try await withFolder { folder in
      let paths = try converted(model, into: folder, to: target)
      let checkpoint = try Checkpoint(paths)
      #expect(checkpoint.tiling == model.tiling && checkpoint.transformersTiling == model.transformersTiling)
      #expect(try checkpoint.rowEnd == model.rowEnd)
      let found = try await differences(
        paths, name: "layout-parts-\(target)", of: TestModel.demoHD, asking: questions)
      #expect(found == [])
    }
  }
}
