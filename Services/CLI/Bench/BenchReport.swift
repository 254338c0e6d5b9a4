import Concurrency
import Contracts
import Foundation
import Launch
import Numerics

/// Everything that one run has found; the fields of `--json`, which `--compare` reads.
struct BenchReport: Equatable, Sendable, Codable {
  struct Machine: Equatable, Sendable, Codable {
    var processor: String
    var cores: Int
    var threads: Int
    var instructionSet: String
    /// What OpenBLAS takes this CPU for.
    var matrixLibrary: String
    var limits: MachineLimits
  }

  struct Model: Equatable, Sendable, Codable {
    var name: String
    /// Of a model whose weights are random.
    var geometry: String?
    /// How many matrices the files have in which type.
    var stored: [String: Int]
    /// In which numbers it is served.
    var weights: String
    /// And its tower.
    var towerWeights: String
  }

  /// Of this report; another one is not read.
  static let currentFormat = 1

  var format = Self.currentFormat
  var build = Hello.build
  var machine: Machine
  var model: Model
  var workload: Workload
  var figures: [Figure]
  var memory: MemoryFigure?
}

extension BenchReport {
  init(_ bench: Bench, _ findings: Bench.Findings, _ model: BenchModel, geometry: Geometry?) {
    let tensors = model.checkpoint.tensors(of: [.languageModel]).values.filter { $0.shape.count > 1 }
    self.init(
      machine: Machine(
        processor: Launch.Machine.processorName, cores: Launch.Machine.coreCount, threads: bench.compute.threadCount,
        instructionSet: "\(bench.compute.instructionSet)", matrixLibrary: bench.compute.matrixLibraryTarget,
        limits: findings.limits),
      model: Model(
        name: model.checkpoint.name, geometry: geometry?.name,
        stored: Dictionary(tensors.map { ($0.type, 1) }, uniquingKeysWith: +), weights: model.weights.settingText,
        towerWeights: model.towerWeights.settingText),
      workload: bench.workload, figures: findings.figures, memory: findings.memory)
  }

  /// A report is a few kilobytes.
  private static let byteLimit = 1 << 20

  /// What `--json` of an earlier run has written; throws what is wrong with the file.
  init(readingFrom path: String) throws(LaunchError) {
    let bytes: [UInt8]
    do throws(LaunchError) {
      bytes = try fileBytes(at: path, limit: Self.byteLimit)
    } catch {
      throw LaunchError(.usage, "--compare \(error.message)")
    }
    struct Format: Decodable { var format: Int }
    do {
      let format = try Self.decoder.decode(Format.self, from: Data(bytes)).format
      guard format == Self.currentFormat else {
        throw LaunchError(
          .usage,
          "--compare \(path): expected a report of format \(Self.currentFormat), found \(format): run that bench again")
      }
      self = try Self.decoder.decode(BenchReport.self, from: Data(bytes))
    } catch let error as LaunchError {
      throw error
    } catch let error as DecodingError {
      throw LaunchError(
        .usage, "--compare \(path): expected what llava bench --json has written, found \(error.finding)")
    } catch {
      throw LaunchError(.usage, "--compare \(path): \(error.localizedDescription)")
    }
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}

extension DecodingError {
  /// In a few words, and where.
  fileprivate var finding: String {
    func place(_ context: Context) -> String {
      context.codingPath.isEmpty ? "" : " in \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    }
    switch self {
    case .keyNotFound(let key, let context): return "no \"\(key.stringValue)\"\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "another kind of value\(place(context))"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "no JSON" : "an unknown value\(place(context))"
    @unknown default: return "something else"
    }
  }
}
