/// The tensors of a pickle by name: those at its top, or, where there are none, those in its `state_dict` or `model`.
struct StateDict {
  let tensors: [String: TorchTensor]

  /// Where training keeps a model's tensors, beside the optimizer's and other things.
  private static let folders = ["state_dict", "model"]

  init(_ cursor: FileCursor) throws(CheckpointError) {
    var machine = PickleMachine(cursor)
    let value = try machine.run()
    guard case .dictionary(let top) = value else {
      throw cursor.malformed("expected a state dict: a dictionary of tensors, found \(value.kind)")
    }
    let objects = machine.objects
    let candidates =
      [top]
      + Self.folders.compactMap { name in
        guard case .dictionary(let index) = objects.dictionaries[top][name] else { return nil }
        return index
      }
    let found = candidates.lazy.map { Self.tensors(of: $0, objects) }.first { !$0.isEmpty }
    guard let found else {
      let keys = objects.dictionaries[top].keys.sorted().prefix(20).map { $0.prefix(64) }
      throw cursor.malformed(
        "expected a state dict: tensors by name, at the top or in \(Self.folders.joined(separator: " or ")), found "
          + (keys.isEmpty ? "nothing" : keys.joined(separator: ", ")))
    }
    tensors = found
  }

  private static func tensors(of dictionary: Int, _ objects: PickleObjects) -> [String: TorchTensor] {
    objects.dictionaries[dictionary].compactMapValues { value in
      guard case .tensor(let index) = value else { return nil }
      return objects.tensors[index]
    }
  }
}
