/// In which order a file has the rows of a weight.
public enum RowOrder: Sendable, Hashable {
  case natural
  /// Of each of `headCount` heads of `2 h` rows, row `2 i + p` of the file is row `p h + i` of the head: GGUF's order of
  /// the query and key of LLaMA, in which a rotary pair lies side by side (llama.cpp, `LlamaModel.permute`).
  case interleaved(headCount: Int)
}

extension RowOrder {
  /// The place, among `rowCount` rows in their natural order, of the one that is stored as `row`.
  public func natural(_ row: Int, of rowCount: Int) -> Int {
    guard case .interleaved(let headCount) = self else { return row }
    let width = rowCount / headCount
    let (head, index) = row.quotientAndRemainder(dividingBy: width)
    return head * width + index % 2 * (width / 2) + index / 2
  }

  /// Where the row of this natural place is stored.
  public func stored(_ row: Int, of rowCount: Int) -> Int {
    guard case .interleaved(let headCount) = self else { return row }
    let width = rowCount / headCount
    let (head, index) = row.quotientAndRemainder(dividingBy: width)
    return head * width + index % (width / 2) * 2 + index / (width / 2)
  }
}
