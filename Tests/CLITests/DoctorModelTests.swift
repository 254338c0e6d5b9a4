import Checkpoint
import Concurrency
import Foundation
import Launch
import Numerics
import Testing

@testable import CLI

/// Models with one thing wrong, which `--model` names.
struct DoctorModelTests {
  /// The random-weight model's copy is the model: it lies in the golden set, which is not asked here.
  private func report(_ damage: (Patient) throws -> Void) async throws -> DoctorReport {
    try await Patient.with { patient in
      try damage(patient)
      return await patient.examine([.model], model: patient.golden.tiny.model)
    }
  }

  private static let weights = "golden/tinyfix/model.safetensors"

  @Test func aFileThatWasCutShortIsNamed() async throws {
    let report = try await report { try $0.damage(Self.weights) { $0.removeLast(1000) } }
    #expect(report.failures == ["model: files"])
    #expect(report.failureTexts[0].contains("tinyfix/model.safetensors"))
    #expect(report.isAdvised)
  }

  @Test(arguments: [
    ("language_model.model.norm.weight", "model: language model"),
    ("vision_tower.vision_model.encoder.layers.1.mlp.fc1.weight", "model: vision tower"),
  ])
  func aNumberThatIsNoneIsNamed(tensor: String, failure: String) async throws {
    let report = try await report { patient in
      try patient.damage(Self.weights) { bytes in
        let start = try Patient.start(of: tensor, in: bytes)
        bytes.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
      }
    }
    #expect(report.failures == [failure])
    #expect(report.failureTexts[0].contains(tensor))
    #expect(report.isAdvised)
  }

  @Test(arguments: [
    ("lm_head.weight", "lm_tail.weight", "model: language model"),
    ("layers.2.mlp.fc1.weight", "layers.2.mlp.fc9.weight", "model: vision tower"),
  ])
  func aTensorThatIsMissingIsNamed(name: String, other: String, failure: String) async throws {
    let report = try await report { patient in
      try patient.damage(Self.weights) { bytes in
        let place = try #require(bytes.firstRange(of: Data(name.utf8)))
        bytes.replaceSubrange(place, with: Data(other.utf8.prefix(name.utf8.count)))
      }
    }
    #expect(report.failures == [failure])
    #expect(report.failureTexts[0].contains(name))
    #expect(report.isAdvised)
  }

  @Test func aConfigurationOfAnotherModelIsNamed() async throws {
    let report = try await report { patient in
      try patient.damage("golden/tinyfix/config.json") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        bytes = Data(text.replacing("\"vocab_size\": 320", with: "\"vocab_size\": 321").utf8)
      }
    }
    #expect(report.failures == ["model: language model"])
    #expect(report.failureTexts[0].contains("321") && report.failureTexts[0].contains("320"))
  }

  @Test func aHealthyModelOfOtherSizesFailsNothing() async throws {
    #expect(try await report { _ in }.failures == [])
  }

  @Test func aMachineThatIsTooSmallIsAWarning() async throws {
    try await Patient.with { patient in
      let report = await DoctorReport.of(
        ModelChecks(
          checkpoint: try Checkpoint(ModelPaths(patient.demo)), compute: Compute(threads: 1), thread: InlineThread(),
          clock: SystemClock(), machineByteCount: 2 << 30
        ).checks)
      #expect(report.warningCount == 1 && report.failures == [] && report.isAdvised)
    }
  }

  @Test func aModelThatIsNotInstalledIsALineAndAFolderWithoutOneIsToo() async throws {
    try await Patient.with { patient in
      var doctor = patient.doctor()
      doctor.model = .failure(LaunchError(.model, "models/demo is not installed"))
      let checks = doctor.checks.filter { $0.section == .model }
      #expect(await DoctorReport.of(checks).failures == ["model: files"])
      #expect(await patient.examine([.model], model: patient.folder.path).failures == ["model: files"])
    }
  }
}
