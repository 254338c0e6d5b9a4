import Numerics
import TilePlan

/// The fields that LLaVA's training adds to the `config.json` of a language model.
/// A property is a field's name in camel case.
struct OriginalFile: Decodable {
  var modelType: String?
  var mmVisionTower: String?
  var mmHiddenSize: Int?
  var mmProjectorType: String?
  var mmVisionSelectLayer: ConfigurationFile.OneOrMore?
  var mmVisionSelectFeature: String?
  var mmUseImStartEnd: Bool?
  var imageAspectRatio: String?
  var imageGridPinpoints: [[Int]]?
  var mmPatchMergeType: String?
  var quantizationConfig: ConfigurationFile.Present?

  /// The tower as the file names it.
  var tower: String { mmVisionTower ?? "openai/clip-vit-large-patch14-336" }
  /// How images become square: where the file is silent, the original crops (`process_images`).
  var aspect: String { imageAspectRatio ?? "square" }
}

extension ModelConfiguration {
  /// The language model's fields stand at the top of the same file.
  init(
    original file: OriginalFile, _ config: JSONText, generation: JSONText?, vision: VisionConfiguration
  ) throws(CheckpointError) {
    let checks = ConfigurationChecks(file: config.place)
    let model = try checks.choice(
      "model_type", file.modelType, absent: nil,
      ["llava": "llama", "llava_llama": "llama", "llava_mistral": "mistral"])
    try checks.absent("quantization_config", file.quantizationConfig != nil, found: "one")
    // Marks around images were an experiment of LLaVA-1.0; every prompt would need them.
    try checks.absent("mm_use_im_start_end", file.mmUseImStartEnd == true, found: "true")
    var text = try config.decode(ConfigurationFile.Text.self, snakeCase: true)
    text.modelType = model
    let answer = try generation?.decode(GenerationFile.self, snakeCase: true)

    self.vision = vision
    language = try LlamaConfiguration(text, tied: nil, checks, part: "")
    let featureLayers = try vision.states(file.mmVisionSelectLayer, "mm_vision_select_layer", checks)
    self.featureLayers = featureLayers
    selectStrategy = try checks.choice(
      "mm_vision_select_feature", file.mmVisionSelectFeature, absent: "patch",
      ["patch": SelectStrategy.default, "cls_patch": .full])
    grids = try Self.grids(file, vision, checks)
    if grids != nil, selectStrategy == .full {
      throw checks.unsupported(
        "mm_vision_select_feature", expected: "patch where pictures are split", found: "\"cls_patch\"")
    }
    projector = try ProjectorConfiguration(type: file.mmProjectorType, checks)
    let width = vision.hiddenSize * featureLayers.count
    if let written = file.mmHiddenSize, written != width {
      throw checks.malformed("mm_hidden_size", expected: "\(width), the tower's", found: "\(written)")
    }
    imageTokenID = nil
    padTokenID = try checks.optionalToken("pad_token_id", text.padTokenId ?? answer?.padTokenId)
    beginningOfSequenceID = try checks.token("bos_token_id", answer?.bosTokenId ?? text.bosTokenId) ?? 1
    endOfSequenceIDs = try checks.tokens("eos_token_id", answer?.eosTokenId ?? text.eosTokenId, absent: 2)
  }
}

extension ModelConfiguration {
  /// LLaVA-1.6's kinds of splitting and merging; nil where pictures are not split.
  private static func grids(
    _ file: OriginalFile, _ vision: VisionConfiguration, _ checks: ConfigurationChecks
  ) throws(CheckpointError) -> [TileGrid]? {
    guard file.aspect.hasPrefix("anyres") else { return nil }
    guard file.aspect == "anyres", let pairs = file.imageGridPinpoints else {
      throw checks.unsupported(
        "image_aspect_ratio", expected: "square, pad, or anyres with image_grid_pinpoints",
        found: "\"\(file.aspect)\"" + (file.imageGridPinpoints == nil ? " without them" : ""))
    }
    _ = try checks.choice("mm_patch_merge_type", file.mmPatchMergeType, absent: "flat", ["spatial_unpad": ()])
    return try checks.grids("image_grid_pinpoints", pairs, side: vision.imageSide)
  }
}

extension ProjectorConfiguration {
  /// Most linear layers that a projector may have; the paper's has two.
  private static let layerLimit = 8

  /// `linear`, `identity` or `mlpNx_gelu` (haotian-liu/LLaVA, `build_vision_projector`).
  fileprivate init(type: String?, _ checks: ConfigurationChecks) throws(CheckpointError) {
    let type = type ?? "linear"
    switch type {
    case "linear": layerCount = 1
    case "identity": layerCount = 0
    default:
      guard type.hasPrefix("mlp"), type.hasSuffix("x_gelu"), let count = Int(type.dropFirst(3).dropLast(6)),
        (1...Self.layerLimit).contains(count)
      else {
        throw checks.unsupported(
          "mm_projector_type", expected: "linear, identity or mlp1x_gelu to mlp\(Self.layerLimit)x_gelu",
          found: "\"\(type)\"")
      }
      layerCount = count
    }
    activation = .gelu
    hasBias = true
  }
}

extension VisionConfiguration {
  /// The towers that LLaVA's files name and nobody ships with them, by the last part of their name (openai, on the hub).
  init?(named name: String) {
    let sides = ["clip-vit-large-patch14-336": 336, "clip-vit-large-patch14": 224]
    guard let side = sides[String(name.split(separator: "/").last ?? "")] else { return nil }
    self.init(
      hiddenSize: 1_024, intermediateSize: 4_096, layerCount: 24, headCount: 16, imageSide: side, patchSide: 14,
      layerNormEpsilon: 1e-5, activation: .quickGELU)
  }
}
