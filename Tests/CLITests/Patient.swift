import Checkpoint
import Concurrency
import Foundation
import Launch
import NNGTransport
import Numerics
import RPC

@testable import CLI

/// A machine as a doctor meets it: a copy of the golden set and of the demonstration model, which a test may damage, and
/// places that are nobody else's.
struct Patient {
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
    .standardizedFileURL

  let folder: URL
  let transport = NNGTransport(clock: SystemClock())
  var places: PlaceChecks

  /// Runs `body` with a healthy one, which is gone afterwards.
  static func with<Result>(_ body: (inout Patient) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llava-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // left behind at worst
    var patient = try Patient(in: folder)
    let result = try await body(&patient)
    await patient.transport.close()
    return result
  }

  private init(in folder: URL) throws {
    self.folder = folder
    for (source, name) in [("deploy/golden", "golden"), ("deploy/models/demo", "demo")] {
      try FileManager.default.copyItem(
        at: Self.repository.appendingPathComponent(source), to: folder.appendingPathComponent(name))
    }
    places = PlaceChecks(
      runtime: folder.path + "/run", cache: folder.path + "/cache/llava",
      doors: [(.gateway, try Address("tcp://127.0.0.1:0"))], transport: transport, clock: SystemClock())
  }

  var golden: GoldenSet { GoldenSet(path: folder.path + "/golden") }
  var demo: String { folder.path + "/demo" }

  /// A doctor who opens `model`, or else the demonstration model.
  func doctor(model: String? = nil) -> Doctor {
    Doctor(
      golden: .success(golden), demonstration: demo, model: .success(ModelPaths(model ?? demo)),
      isModelNamed: model != nil, places: places, compute: Compute(threads: 2), clock: SystemClock())
  }

  /// The lines of the report that are about these.
  func examine(_ sections: Set<Check.Section>, model: String? = nil) async -> DoctorReport {
    await DoctorReport.of(doctor(model: model).checks.filter { sections.contains($0.section) })
  }

  /// Changes the bytes of a file.
  func damage(_ name: String, _ body: (inout Data) throws -> Void) throws {
    let file = folder.appendingPathComponent(name)
    var bytes = try Data(contentsOf: file)
    try body(&bytes)
    try bytes.write(to: file)
  }

  /// Where a tensor of a safetensors file begins.
  static func start(of tensor: String, in file: Data) throws -> Int {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: [String: Any]]
    guard let offsets = header?[tensor]?["data_offsets"] as? [Int] else { throw LaunchError(.file, "no \(tensor)") }
    return 8 + length + offsets[0]
  }
}

extension DoctorReport {
  /// What failed, as `section: name`.
  var failures: [String] {
    results.compactMap { result in
      if case .failed = result.outcome { "\(result.section.rawValue): \(result.name)" } else { nil }
    }
  }

  /// What was found where something failed.
  var failureTexts: [String] {
    results.compactMap { result in
      if case .failed(let found, _) = result.outcome { found } else { nil }
    }
  }

  /// Whether every warning and failure says what to do.
  var isAdvised: Bool {
    results.allSatisfy { result in
      switch result.outcome {
      case .passed: true
      case .warning(_, let advice), .failed(_, let advice): !advice.isEmpty
      }
    }
  }
}
