extension ModelConfiguration {
  /// Every tensor that models of this configuration ask for, by its canonical name, with its shape.
  public var tensorShapes: [String: [Int]] {
    towerShapes.merging(projectorShapes) { own, _ in own }.merging(languageShapes) { own, _ in own }
      .merging(grids == nil ? [:] : [Checkpoint.rowEndName: [language.hiddenSize]]) { own, _ in own }
  }

  private var towerShapes: [String: [Int]] {
    let (width, inner) = (vision.hiddenSize, vision.intermediateSize)
    let tower = "vision_tower"
    var shapes: [String: [Int]] = [
      "\(tower).embeddings.class_embedding": [width],
      "\(tower).embeddings.patch_embedding.weight": [width, 3, vision.patchSide, vision.patchSide],
      "\(tower).embeddings.position_embedding.weight": [vision.patchCount + 1, width],
    ]
    shapes.add("\(tower).pre_layrnorm", [width], bias: true)
    for index in 0..<usedVisionLayerCount {
      let layer = "\(tower).encoder.layers.\(index)"
      for norm in ["layer_norm1", "layer_norm2"] { shapes.add("\(layer).\(norm)", [width], bias: true) }
      for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        shapes.add("\(layer).self_attn.\(part)", [width, width], bias: true)
      }
      shapes.add("\(layer).mlp.fc1", [inner, width], bias: true)
      shapes.add("\(layer).mlp.fc2", [width, inner], bias: true)
    }
    return shapes
  }

  private var projectorShapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for index in 0..<projector.layerCount {
      shapes.add(
        "multi_modal_projector.linear_\(index + 1)",
        [language.hiddenSize, index == 0 ? featureWidth : language.hiddenSize], bias: projector.hasBias)
    }
    return shapes
  }

  private var languageShapes: [String: [Int]] {
    let (width, inner) = (language.hiddenSize, language.intermediateSize)
    let queries = language.headCount * language.headSize
    let keys = language.keyValueHeadCount * language.headSize
    var shapes = [
      "language_model.embed_tokens.weight": [language.vocabularySize, width], "language_model.norm.weight": [width],
    ]
    if !language.tiesEmbeddings { shapes["lm_head.weight"] = [language.vocabularySize, width] }
    for index in 0..<language.layerCount {
      let layer = "language_model.layers.\(index)"
      for norm in ["input_layernorm", "post_attention_layernorm"] { shapes.add("\(layer).\(norm)", [width]) }
      shapes.add("\(layer).self_attn.q_proj", [queries, width])
      for part in ["k_proj", "v_proj"] { shapes.add("\(layer).self_attn.\(part)", [keys, width]) }
      shapes.add("\(layer).self_attn.o_proj", [width, queries])
      for part in ["gate_proj", "up_proj"] { shapes.add("\(layer).mlp.\(part)", [inner, width]) }
      shapes.add("\(layer).mlp.down_proj", [width, inner])
    }
    return shapes
  }
}

extension [String: [Int]] {
  /// A weight, and a bias of as many numbers as the weight has rows.
  fileprivate mutating func add(_ name: String, _ shape: [Int], bias: Bool = false) {
    self["\(name).weight"] = shape
    if bias { self["\(name).bias"] = [shape[0]] }
  }
}
