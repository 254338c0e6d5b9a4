import Launch

extension ModelReport {
  /// For people.
  var text: String {
    "\(name)  (\(layout), \(path))\n\n" + facts.text + "\n" + table.text + closing
  }

  private var facts: Table {
    var table = Table(["PART", ""])
    table.add([
      "vision tower",
      "CLIP, \(vision.imageSide) px in patches of \(vision.patchSide); \(vision.layers) layers of \(vision.width), "
        + "\(vision.heads) heads; features \(vision.features[0]) x \(vision.features[1]) from layer "
        + vision.featureLayers.map(String.init).joined(separator: ", "),
    ])
    if let tower = vision.missingTower {
      table.add(["", "not in these files: a vision worker needs --vision-tower with \(tower)"])
    }
    table.add(["projector", "\(projector.layers) linear layers, \(projector.activation)"])
    table.add([
      "language model",
      "LLaMA, \(language.layers) layers of \(language.width) (\(language.feedForward)); \(language.heads) heads of "
        + "\(language.headSize), \(language.keyValueHeads) for keys and values; context \(language.contextLength); "
        + "\(language.vocabulary) rows of vocabulary",
    ])
    table.add([
      "tokenizer",
      "\(tokenizer.source); \(tokenizer.pieces) pieces, legacy \(tokenizer.legacy)"
        + tokenizer.added.sorted { $0.value < $1.value }.prefix(4).map { ", \($0.key) = \($0.value)" }.joined(),
    ])
    table.add(["as original", "\(original.policy), \(original.template)"])
    table.add(["as transformers", "\(transformers.policy), \(transformers.template)"])
    table.add(["pixels", "mean \(mean), std \(standardDeviation)"])
    return table
  }

  private var table: Table {
    var table = Table(["TENSORS", "FOUND", "PARAMETERS", "BYTES", "TYPES", "FINGERPRINT"], alignedRight: [1, 2, 3])
    for part in parts {
      let types = part.types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
      table.add([
        part.part, "\(part.tensors)", "\(part.parameters)", "\(ByteCount(bytes: part.bytes))",
        types.joined(separator: ", "), String(part.fingerprint.prefix(16)),
      ])
    }
    return table
  }

  private var closing: String {
    let unused =
      unusedTensors.isEmpty
      ? ""
      : "  (" + unusedTensors.prefix(3).joined(separator: ", ")
        + (unusedTensors.count > 3 ? ", …)" : ")")
    func bytes(_ count: Int) -> String { "\(ByteCount(bytes: count))" }
    return """
      missing or misshapen: \(faults.count)
      unused: \(unusedTensors.count)\(unused)

      memory   vision worker \(bytes(cost.visionWorkerBytes)); decoder \(bytes(cost.decoderBytes)) and KV of \
      \(bytes(cost.kvBytesPerToken)) a token, at least \(bytes(cost.kvBytesPerContext))
      a view \(cost.tokensPerImage) tokens; \(bytes(cost.featureBytesPerImage)) of features on the wire; \
      \(bytes(cost.kvBytesPerImage)) of KV

      """ + faults.map { "fault: \($0)\n" }.joined()
  }
}
