import Checkpoint
import Concurrency
import Contracts
import Foundation
import Launch
import RPC
import Serving
import Testing

@testable import CLI

/// A healthy machine, and one with one thing wrong: the line about that fails, and no other.
struct DoctorTests {
  private static let goldenSections: Set<Check.Section> = [.golden, .pixels, .tokens, .features, .logits]

  @Test func aHealthyMachineFailsNothingAndEverySectionHasLines() async throws {
    try await Patient.with { patient in
      let report = await DoctorReport.of(patient.doctor().checks)
      #expect(report.failures == [])
      #expect(report.exitStatus == .success)
      #expect(Set(report.results.map(\.section)) == Set(Check.Section.allCases))
      #expect(report.isAdvised)
      #expect(!FileManager.default.fileExists(atPath: patient.places.runtime))
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let failures: [String]
    let make: @Sendable (Patient) throws -> Void

    /// `old`, which must be in the file, becomes `new`.
    static func text(_ name: String, _ old: String, _ new: String, fails: String) -> Damage {
      Damage(testDescription: "\(name): \(old)", failures: [fails]) { patient in
        try patient.damage(name) { bytes in
          let place = try #require(bytes.firstRange(of: Data(old.utf8)))
          bytes.replaceSubrange(place, with: Data(new.utf8))
        }
      }
    }

    /// The first number of a golden tensor becomes another one.
    static func number(_ tensor: String, fails: String) -> Damage {
      Damage(testDescription: tensor, failures: [fails]) { patient in
        try patient.damage("golden/tinyfix/full.safetensors") { bytes in
          let start = try Patient.start(of: tensor, in: bytes)
          bytes[start + (tensor.hasSuffix("ids") ? 0 : 2)] ^= 0x40
        }
      }
    }
  }

  @Test(arguments: [
    // The decoded pixels of j444, the padded and the cropped pixels of 640 x 480, and the id of "Yes".
    Damage.text("golden/imaging/jpeg.json", "d15d5f5b9eef8297", "d15d5f5b9eef8296", fails: "pixels: JPEG files"),
    .text(
      "golden/imaging/preprocessing.json", "a3aa28c51b5d7019", "b3aa28c51b5d7019", fails: "pixels: pad, as the original"
    ),
    .text(
      "golden/imaging/preprocessing.json", "c63e913289b238bf", "c63e913289b238b0",
      fails: "pixels: crop, as transformers"
    ),
    .text("golden/imaging/preprocessing.json", "4644415bfec9c347", "", fails: "pixels: pad, as the original"),
    .text(
      "golden/tokens.json", "\"Yes\", \"ids\": [", "\"Yes\", \"ids\": [7, ", fails: "tokens: demonstration vocabulary"),
    .number("features", fails: "features: selected layer"),
    .number("projected", fails: "logits: projected features"),
    .number("logits", fails: "logits: logits"),
    .number("guarded_greedy_ids", fails: "logits: greedy tokens"),
    Damage(testDescription: "a picture", failures: ["pixels: JPEG files"]) { patient in
      try patient.damage("golden/imaging/j420.jpg") { $0[$0.count - 8] ^= 1 }
    },
    Damage(testDescription: "no tokens.json", failures: ["tokens: demonstration vocabulary"]) { patient in
      try FileManager.default.removeItem(at: patient.folder.appendingPathComponent("golden/tokens.json"))
    },
    Damage(testDescription: "a prompt that is too long", failures: ["logits: logits", "logits: greedy tokens"]) {
      try $0.damage("golden/tinyfix/full.safetensors") { bytes in
        // 1 becomes 300, which stands for the picture: twice 576 rows.
        let start = try Patient.start(of: "input_ids", in: bytes)
        bytes.replaceSubrange(start..<start + 2, with: [44, 1])
      }
    },
  ])
  func aDamagedGoldenValueFailsItsOwnLine(_ damage: Damage) async throws {
    try await Patient.with { patient in
      try damage.make(patient)
      let report = await patient.examine(Self.goldenSections)
      #expect(report.failures == damage.failures)
      #expect(report.isAdvised && report.exitStatus == .failure)
    }
  }

  @Test func aGoldenSetThatIsNotThereIsOneLine() async throws {
    try await Patient.with { patient in
      var doctor = patient.doctor()
      doctor.golden = .failure(LaunchError(.file, "golden is not installed"))
      let report = await DoctorReport.of(doctor.checks.filter { [.golden, .model].contains($0.section) })
      #expect(report.failures == ["golden: golden set"])
      #expect(!doctor.checks.contains { [.pixels, .tokens, .features, .logits].contains($0.section) })
    }
  }

  @Test func anotherModelsVocabularyIsNotTheDemonstrations() async throws {
    try await Patient.with { patient in
      try patient.damage("golden/tokens.json") { bytes in
        let place = try #require(bytes.firstRange(of: Data("\"pieceCount\": ".utf8)))
        bytes.replaceSubrange(place, with: Data("\"pieceCount\": 1".utf8))
      }
      let report = await patient.examine([.tokens], model: patient.demo)
      #expect(report.failures == ["tokens: demonstration vocabulary"])
      #expect(report.results.map(\.name) == ["demonstration vocabulary", "the model's vocabulary"])
    }
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["LLAVA_TEST_VOCABULARY"] != nil,
      "LLAVA_TEST_VOCABULARY is not set; let it name LLaMA's tokenizer.model (499,723 bytes)"))
  func llamasVocabularyHasTheKnownIDs() async throws {
    let vocabulary = try #require(ProcessInfo.processInfo.environment["LLAVA_TEST_VOCABULARY"])
    try await Patient.with { patient in
      let file = patient.demo + "/tokenizer.model"
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.copyItem(atPath: vocabulary, toPath: file)
      let golden = TokenChecks(golden: patient.golden, thread: InlineThread())
      #expect(
        await golden.named(try Checkpoint(ModelPaths(patient.demo))).outcome()
          == .passed("LLaMA, 19 texts and 3 prompts, id for id"))
    }
  }
}
