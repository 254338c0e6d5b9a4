public import Checkpoint
public import Contracts
import Foundation

extension ModelCard {
  /// The file that marks a directory as a demonstration model.
  private static let demonstrationMark = "DEMONSTRATION"

  /// What a worker on this checkpoint says of itself.
  ///
  /// The original pads for LLaVA-1.5's weights, whoever published them, unless the checkpoint says otherwise;
  /// transformers' processor crops unless the checkpoint says otherwise.
  public init(of checkpoint: Checkpoint, precision: String, isDecoder: Bool) throws(CheckpointError) {
    let configuration = checkpoint.configuration
    let mark = URL(fileURLWithPath: checkpoint.path).appendingPathComponent(Self.demonstrationMark)
    self.init(
      name: checkpoint.name,
      contract: FeatureContract(
        imageSide: configuration.vision.imageSide, patchSide: configuration.vision.patchSide,
        mean: checkpoint.preprocessing.mean, standardDeviation: checkpoint.preprocessing.standardDeviation,
        layers: configuration.featureLayers, keepsClassToken: configuration.selectStrategy == .full,
        tokenCount: configuration.featureCount, width: configuration.featureWidth),
      towerFingerprint: try checkpoint.towerFingerprint?.bytes ?? [], precision: precision,
      policy: checkpoint.preprocessing.padsToSquare == false ? .crop : .pad,
      transformersPolicy: checkpoint.preprocessing.padsToSquare == true ? .pad : .crop,
      towerName: checkpoint.towerName,
      isDemonstration: FileManager.default.fileExists(atPath: mark.path),
      contextLength: isDecoder ? configuration.language.contextLength : nil, tiling: checkpoint.tiling,
      transformersTiling: checkpoint.transformersTiling)
  }
}
