import Numerics
import TilePlan

/// Models that are known by their papers and configurations, for whoever plans without having one.
public enum PublishedModel: String, Sendable, CaseIterable {
  case llava15Small = "llava-1.5-7b"
  case llava15Large = "llava-1.5-13b"
  /// The paper's high resolution, whose weights were never published.
  case paperSmall = "llava-1.5-hd-7b"
  case paperLarge = "llava-1.5-hd-13b"
  /// The Vicunas of LLaVA-1.6.
  case llava16Small = "llava-1.6-7b"
  case llava16Large = "llava-1.6-13b"

  public var description: ModelDescription {
    let isPaper = self == .paperSmall || self == .paperLarge
    let isSplit = self == .llava16Small || self == .llava16Large
    // The paper's experiment took CLIP at 224 pixels.
    let side = isPaper ? 224 : 336
    let configuration = ModelConfiguration(
      vision: VisionConfiguration(
        hiddenSize: 1_024, intermediateSize: 4_096, layerCount: 24, headCount: 16, imageSide: side, patchSide: 14,
        layerNormEpsilon: 1e-5, activation: .quickGELU),
      projector: ProjectorConfiguration(layerCount: 2, activation: .gelu, hasBias: true),
      language: isLarge ? .vicuna13B : .vicuna7B, featureLayers: [23], selectStrategy: .default,
      grids: isSplit ? Tiling.published : nil, imageTokenID: nil, padTokenID: 0, beginningOfSequenceID: 1,
      endOfSequenceIDs: [2])
    let preprocessing = PreprocessingConfiguration(
      side: side, mean: [0.48145466, 0.4578275, 0.40821073], standardDeviation: [0.26862954, 0.26130258, 0.27577711],
      padsToSquare: isSplit ? nil : true)
    return isPaper
      ? ModelDescription(name: rawValue, configuration, preprocessing, tiling: .paper)
      : ModelDescription(name: rawValue, configuration, preprocessing)
  }

  private var isLarge: Bool { rawValue.hasSuffix("13b") }
}

extension LlamaConfiguration {
  /// lmsys/vicuna-7b-v1.5 and -13b-v1.5, as LLaVA took them.
  fileprivate static let vicuna7B = vicuna(hiddenSize: 4_096, intermediateSize: 11_008, layerCount: 32, headCount: 32)
  fileprivate static let vicuna13B = vicuna(hiddenSize: 5_120, intermediateSize: 13_824, layerCount: 40, headCount: 40)

  private static func vicuna(hiddenSize: Int, intermediateSize: Int, layerCount: Int, headCount: Int) -> Self {
    Self(
      hiddenSize: hiddenSize, intermediateSize: intermediateSize, layerCount: layerCount, headCount: headCount,
      keyValueHeadCount: headCount, headSize: 128, contextLength: 4_096, rmsNormEpsilon: 1e-5, ropeTheta: 10_000,
      vocabularySize: 32_000, tiesEmbeddings: false)
  }
}
