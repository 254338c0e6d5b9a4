import Checkpoint
import TilePlan

/// Multiply-adds of seeing a picture. Biases, norms and activations are left out: they are less than a hundredth.
struct PlanCost: Encodable, Equatable {
  /// The tower, for all views.
  var encodeMultiplyAdds: Int
  /// The projector, for all views.
  var projectMultiplyAdds: Int
  /// The language model, for the picture's tokens alone; the words of a question come on top.
  var prefillMultiplyAdds: Int

  init(of plan: TilePlan, by configuration: ModelConfiguration) {
    let viewCount = plan.views.count
    encodeMultiplyAdds = viewCount * configuration.multiplyAddsPerView
    projectMultiplyAdds = viewCount * configuration.featureCount * configuration.multiplyAddsPerFeature
    prefillMultiplyAdds = configuration.language.multiplyAdds(reading: plan.promptTokenCount(configuration))
  }
}

extension TilePlan {
  /// Tokens in the prompt: of a model that keeps the class token one more in a picture's only view.
  func promptTokenCount(_ configuration: ModelConfiguration) -> Int {
    tokenCount + configuration.featureCount - tokensPerView
  }
}

extension ModelConfiguration {
  /// The layers that features need, on every patch and the class token, each seeing all others.
  fileprivate var multiplyAddsPerView: Int {
    let (tokens, width) = (vision.patchCount + 1, vision.hiddenSize)
    let embedding = vision.patchCount * 3 * vision.patchSide * vision.patchSide * width
    let layer = tokens * width * (4 * width + 2 * vision.intermediateSize) + 2 * tokens * tokens * width
    return embedding + usedVisionLayerCount * layer
  }

  fileprivate var multiplyAddsPerFeature: Int {
    let width = language.hiddenSize
    return projector.layerCount == 0 ? 0 : featureWidth * width + (projector.layerCount - 1) * width * width
  }
}

extension LlamaConfiguration {
  /// Every token sees itself and those before it; no logits are computed for a picture.
  fileprivate func multiplyAdds(reading tokenCount: Int) -> Int {
    let (queries, keys) = (headCount * headSize, keyValueHeadCount * headSize)
    let linear = hiddenSize * (2 * queries + 2 * keys + 3 * intermediateSize)
    return layerCount * (tokenCount * linear + tokenCount * (tokenCount + 1) * queries)
  }
}
