/// In which numbers a model's products are computed, from whatever the checkpoint has its weights in.
public enum Precision: String, Sendable, CaseIterable {
  /// Weights as they are stored, everything else in f32.
  case fp32
  case bf16
  /// 8 bits: one scale for each output in the tower, for each block of 32 weights in the language model.
  case int8
  /// What `int8` is, by the name of the language model's blocks.
  case q80 = "q8_0"
  /// 4 bits in blocks of 32 in the language model; the tower as in `int8`.
  case q40 = "q4_0"

  /// The parts of a model, which lose differently by fewer bits.
  public enum Part: Sendable {
    case tower
    case projector
    case languageModel
    /// From the last hidden state to logits.
    case head
  }

  /// What is served where nobody says: of those that lose nothing that matters, the fastest.
  public static let standard = Precision.int8

  /// How people call what weights of `part` that are stored as `type` are computed in.
  public func name(of part: Part, storedAs type: WeightType) -> String {
    packing(of: part, storedAs: type)?.rawValue ?? "fp32"
  }

  /// Bytes that `count` weights of `part` take in memory.
  public func byteCount(of count: Int, in part: Part, storedAs type: WeightType) -> Int {
    switch packing(of: part, storedAs: type) {
    case nil: type.byteCount(of: count)
    case .bf16: 2 * count
    case .int8: count
    case .q80: WeightType.q80.byteCount(of: count)
    case .q40: WeightType.q40.byteCount(of: count)
    }
  }

  /// In what keys and values are kept.
  public var cacheElement: ElementType { self == .fp32 ? .f32 : .f16 }

  /// How weights that are stored as `type` are packed; nothing where they stay as they are.
  ///
  /// Blocks of 4 bits are taken as they are wherever blocks are asked for: more bits would not bring back what is lost.
  /// Other blocks are never made smaller. A head of 4 bits is only what was stored so: it would cost more accuracy than
  /// all layers, and llama.cpp's files of 4 bits have more for it as well.
  public func packing(of part: Part, storedAs type: WeightType) -> Packing? {
    switch (self, part) {
    case (.fp32, _): nil
    case (.bf16, _), (_, .projector): .bf16
    case (_, .tower): .int8
    case (.int8, _), (.q80, _): type == .q40 ? .q40 : .q80
    case (.q40, .head): type == .q40 ? .q40 : .q80
    case (.q40, _): type == .q40 || type.isPlain ? .q40 : .q80
    }
  }
}
