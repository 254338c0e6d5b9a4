/// How pixels become the tower's input, as `preprocessor_config.json` says it (or `processor_config.json`, where
/// transformers 5 puts it). Where both are absent it is CLIP's.
public struct PreprocessingConfiguration: Sendable, Equatable {
  /// Pixels along one side of the square view; the tower's.
  public let side: Int
  /// Per channel, red first.
  public let mean: [Float]
  public let standardDeviation: [Float]
  /// Whether an image is padded to a square (the original LLaVA) or cropped to one; nil where the file does not say. Of a
  /// model that splits pictures it is true where a padded square is what is split, and else nil.
  public let padsToSquare: Bool?
}

/// The two files that say it.
private struct PreprocessorFile: Decodable {
  /// An integer, or an object with one of these.
  struct Side: Decodable {
    var height: Int?
    var width: Int?
    var shortestEdge: Int?

    private enum CodingKeys: CodingKey { case height, width, shortestEdge }

    init(from decoder: any Decoder) throws {
      do {
        let side = try decoder.singleValueContainer().decode(Int.self)
        (height, width) = (side, side)
      } catch DecodingError.typeMismatch {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        height = try container.decodeIfPresent(Int.self, forKey: .height)
        width = try container.decodeIfPresent(Int.self, forKey: .width)
        shortestEdge = try container.decodeIfPresent(Int.self, forKey: .shortestEdge)
      }
    }

    /// The side of a square, or nil where it is none.
    var square: Int? { shortestEdge ?? (height == width ? height : nil) }
  }

  var cropSize: Side?
  var size: Side?
  var doCenterCrop: Bool?
  var doPad: Bool?
  var doNormalize: Bool?
  var imageAspectRatio: String?
  var imageMean: [Double]?
  var imageStd: [Double]?
  var resample: Int?
}

private struct ProcessorFile: Decodable {
  var imageProcessor: PreprocessorFile?
}

extension PreprocessingConfiguration {
  /// CLIP's own numbers (openai/CLIP, `clip.py`).
  private static let clipMean = [0.48145466, 0.4578275, 0.40821073]
  private static let clipDeviation = [0.26862954, 0.26130258, 0.27577711]
  /// Pillow's number for bicubic.
  private static let bicubic = 3

  /// `aspect` is the original's `image_aspect_ratio`, which decides where the configuration has one; `splits`, whether
  /// the model sees pictures in parts.
  init(
    preprocessor: JSONText?, processor: JSONText?, towerSide: Int, aspect: String? = nil, splits: Bool = false
  ) throws(CheckpointError) {
    var file = try preprocessor?.decode(PreprocessorFile.self, snakeCase: true)
    if file == nil { file = try processor?.decode(ProcessorFile.self, snakeCase: true).imageProcessor }
    let checks = ConfigurationChecks(file: (preprocessor ?? processor)?.place ?? "preprocessor_config.json")

    let written = file?.doCenterCrop == false ? file?.size : file?.cropSize ?? file?.size
    side = written == nil ? towerSide : written?.square ?? 0
    guard side == towerSide else {
      throw checks.unsupported(
        "crop_size", expected: "a square of the tower's \(towerSide) pixels",
        found: "\(written?.height ?? 0) x \(written?.width ?? 0)")
    }
    try checks.absent("do_normalize", file?.doNormalize == false, found: "false")
    let resample = file?.resample ?? Self.bicubic
    guard resample == Self.bicubic else {
      throw checks.unsupported("resample", expected: "3 (bicubic)", found: "\(resample)")
    }
    mean = try Self.channels("image_mean", file?.imageMean ?? Self.clipMean, checks)
    standardDeviation = try Self.channels("image_std", file?.imageStd ?? Self.clipDeviation, checks)
    let ratio = aspect ?? file?.imageAspectRatio
    if splits {
      padsToSquare = try checks.choice("image_aspect_ratio", ratio, absent: "anyres", ["anyres": nil, "pad": true])
      return
    }
    try checks.absent("image_aspect_ratio", ratio?.hasPrefix("anyres") == true, found: "\"\(ratio ?? "")\"")
    padsToSquare = aspect.map { $0 == "pad" } ?? file?.doPad ?? ratio.map { $0 == "pad" }
  }

  static func channels(
    _ field: String, _ values: [Double], _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> [Float] {
    guard values.count == 3, values.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
      throw checks.malformed(field, expected: "three numbers above 0, at most 1", found: "\(values)")
    }
    return values.map { Float($0) }
  }
}
