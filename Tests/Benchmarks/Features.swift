import ArgumentParser
import Checkpoint
import Clusters
import Foundation
import Imaging
import Launch
import Numerics
import VisionModel

/// How far a tower in fewer bits is from the same one in fp32, picture by picture.
struct Features: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the features of pictures with those in fp32.",
    discussion: """
      For each picture the cosine of all its features as one vector, and the least cosine of one of its patches. Pictures are
      taken in the order of their names; the model's own pixels and padding do not matter here.
      """)

  @Option(help: "A model's directory or GGUF file.", completion: .file()) var model = TestModel.demo
  @Option(help: "Its tower, where that is not with it.", completion: .file()) var visionTower: String?
  @Option(help: "In which numbers to compute: \(Precision.expectation).", transform: Precision.parsed)
  var weights: Precision = .int8
  @Option(help: "Pictures at most.") var count = 200
  @Option(help: "Threads that compute.") var threads = 2
  @Argument(help: "A folder of JPEG, PNG or WebP files.") var pictures: String

  func run() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: pictures).sorted().prefix(count)
    guard !names.isEmpty else { throw ValidationError("\(pictures): expected pictures, found none") }
    let compute = Compute(threads: threads)
    let checkpoint = try Checkpoint(ModelPaths(model, visionTower: visionTower))
    let exact = try VisionTower(checkpoint, on: compute)
    let tower = try VisionTower(checkpoint, precision: weights, on: compute)
    let preprocessor = Preprocessor(policy: .pad, side: checkpoint.configuration.vision.imageSide)
    var pictureCosines: [Double] = []
    var patchCosines: [Double] = []
    for name in names {
      let file = Array(try Data(contentsOf: URL(fileURLWithPath: "\(pictures)/\(name)")))
      let pixels = preprocessor.normalized(try preprocessor.views(decoding: file).views[0])
      guard let expected = exact.encode([pixels])[0], let found = tower.encode([pixels])[0] else { continue }
      let (left, right) = (expected.values, found.values)
      pictureCosines.append(cosine(left[...], right[...]))
      patchCosines += (0..<expected.rows).map { row in
        let range = row * expected.columns..<(row + 1) * expected.columns
        return cosine(left[range], right[range])
      }
    }
    let sorted = pictureCosines.sorted()
    print("\(sorted.count) pictures, \(weights.settingText) against fp32")
    print("cosine of a picture: least \(sorted[0]), median \(sorted[sorted.count / 2])")
    print(
      "cosine of a patch:   least \(patchCosines.min() ?? 1), mean \(patchCosines.reduce(0, +) / Double(patchCosines.count))"
    )
  }

  private func cosine(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Double {
    var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
    for (left, right) in zip(left, right) {
      product += Double(left) * Double(right)
      leftSquare += Double(left) * Double(left)
      rightSquare += Double(right) * Double(right)
    }
    return product / (leftSquare * rightSquare).squareRoot()
  }
}
