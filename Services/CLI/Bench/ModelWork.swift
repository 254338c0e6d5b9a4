import Checkpoint
import Numerics

/// What a model has to do for views, prompts and tokens, whoever computes it.
struct ModelWork: Equatable, Sendable {
  /// Multiply-adds of one row through some weights, and what reading these takes.
  struct Product: Equatable, Sendable {
    var perRow = MultiplyAdds()
    var byteCount = 0

    func work(rows: Int) -> Work {
      var work = Work(bytes: Double(byteCount))
      for arithmetic in Arithmetic.allCases { work.multiplyAdds[arithmetic] = perRow[arithmetic] * Double(rows) }
      return work
    }
  }

  let configuration: ModelConfiguration
  /// Of a served model: bytes of a position's keys and values.
  let kvByteCountPerToken: Int
  let towerAttention: Arithmetic
  let attention: Arithmetic
  private(set) var patches = Product()
  private(set) var tower = Product()
  private(set) var projector = Product()
  private(set) var language = Product()
  private(set) var head = Product()
  /// Of all weights as they are served, those that are only looked up too.
  private(set) var weightByteCount = 0

  /// A stored matrix, by its canonical name.
  struct Matrix {
    let name: String
    let shape: [Int]
    let type: WeightType
    let byteCount: Int
  }

  init(
    _ configuration: ModelConfiguration, _ matrices: [Matrix], served weights: Precision,
    tower towerWeights: Precision,
    kvByteCountPerToken: Int
  ) {
    self.configuration = configuration
    self.kvByteCountPerToken = kvByteCountPerToken
    towerAttention = towerWeights.towerAttention
    attention = weights.attention
    for matrix in matrices { add(matrix, matrix.name.hasPrefix("vision_tower.") ? towerWeights : weights) }
  }

  private mutating func add(_ matrix: Matrix, _ weights: Precision) {
    guard let (product, part) = place(of: matrix) else {
      weightByteCount += matrix.byteCount
      return
    }
    let (rows, columns) = (matrix.shape[0], matrix.shape.dropFirst().reduce(1, *))
    let (arithmetic, byteCount) = weights.serving(rows: rows, columns: columns, storedAs: matrix.type, in: part)
    self[keyPath: product].perRow[arithmetic] += Double(rows * columns)
    self[keyPath: product].byteCount += byteCount
    weightByteCount += byteCount
    // A tied table is looked up in the file's numbers besides.
    if matrix.name.hasPrefix("language_model.embed_tokens"), weights != .fp32 {
      weightByteCount += matrix.byteCount
    }
  }

  /// Which product a matrix belongs to; none for what is only looked up or added.
  private func place(of matrix: Matrix) -> (WritableKeyPath<ModelWork, Product>, Precision.Part)? {
    guard matrix.shape.count > 1 else { return nil }
    let name = matrix.name
    if name == "language_model.embed_tokens.weight" {
      return configuration.language.tiesEmbeddings ? (\.head, .head) : nil
    }
    if name.hasPrefix("lm_head.") { return (\.head, .head) }
    if name.hasPrefix("language_model.") { return (\.language, .languageModel) }
    if name.hasPrefix("multi_modal_projector.") { return (\.projector, .projector) }
    if name.hasPrefix("vision_tower.embeddings.patch_embedding") { return (\.patches, .tower) }
    return name.hasPrefix("vision_tower.encoder.") ? (\.tower, .tower) : nil
  }

  /// Views through tower and projector.
  func encoding(views: Int) -> Work {
    let vision = configuration.vision
    let tokens = vision.patchCount + 1
    var work =
      patches.work(rows: views * vision.patchCount) + tower.work(rows: views * tokens)
      + projector.work(rows: views * configuration.featureCount)
    work.multiplyAdds[towerAttention] +=
      Double(2 * views * tokens * tokens * vision.hiddenSize) * Double(configuration.usedVisionLayerCount)
    return work
  }

  /// Features that have come from the tower, through the projector.
  func projecting(rows: Int) -> Work { projector.work(rows: rows) }

  /// Rows of one prompt behind `known` others; logits after the last. Their own keys and values are written, and those
  /// before them are read.
  func prefill(_ rows: Int, behind known: Int = 0) -> Work {
    var work = language.work(rows: rows) + head.work(rows: 1)
    let looks = rows * known + rows * (rows + 1) / 2
    work.multiplyAdds[attention] += lookCost * Double(looks)
    work.bytes += Double((known + rows) * kvByteCountPerToken)
    return work
  }

  /// `steps` steps of `streams` streams that share the first `depth` positions, which are read once for all of them.
  func decoding(streams: Int, at depth: Int, steps: Int) -> Work {
    (0..<steps).reduce(Work()) { sum, step in
      var work = language.work(rows: streams) + head.work(rows: streams)
      work.multiplyAdds[attention] += lookCost * Double(streams * (depth + step + 1))
      work.bytes += Double((depth + streams * (step + 1)) * kvByteCountPerToken)
      return sum + work
    }
  }

  /// Multiply-adds of one row that looks at one position, in all layers.
  private var lookCost: Double {
    let language = configuration.language
    return Double(2 * language.headCount * language.headSize * language.layerCount)
  }
}

extension BenchModel {
  var work: ModelWork {
    let tensors = checkpoint.tensors(of: Set(ModelPart.allCases))
    return ModelWork(
      checkpoint.configuration,
      tensors.compactMap { name, tensor in
        tensor.weightType.map {
          ModelWork.Matrix(name: name, shape: tensor.shape, type: $0, byteCount: tensor.byteCount)
        }
      }, served: weights, tower: towerWeights, kvByteCountPerToken: kvByteCountPerToken)
  }

  /// Bytes of the files that serving reads.
  var fileByteCount: Int { checkpoint.byteCount(of: Set(ModelPart.allCases)) }
}
