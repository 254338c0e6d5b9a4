/// What a state dict may name of Python: a closed list, of which nothing is ever run.
enum TorchGlobal: Equatable {
  case orderedDict
  /// `torch._utils._rebuild_tensor_v2`: a view of a storage.
  case rebuildTensor
  /// `torch._utils._rebuild_parameter`: a tensor that was trained.
  case rebuildParameter
  case storage(TorchStorageType)

  /// Nil for everything else.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _):
      guard let type = TorchStorageType(rawValue: name) else { return nil }
      self = .storage(type)
    // Bytes without a type, which torch takes for numbers of eight bits.
    case ("torch.storage", "UntypedStorage"): self = .storage(.byte)
    default: return nil
    }
  }
}
