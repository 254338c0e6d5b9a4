import Checkpoint

/// A format that comes from outside, and what reads it.
enum FuzzTarget: String, CaseIterable {
  case safetensors
  case torch
  case gguf

  // Sound: set once, before libFuzzer's single thread reads the first input.
  nonisolated(unsafe) static var chosen = FuzzTarget.safetensors

  /// Either the input is an error by name, or all of it can be read.
  func read(_ input: [UInt8]) {
    do throws(CheckpointError) {
      for tensor in try tensors(of: try MappedFile(bytes: input, name: "input")) { _ = tensor.bytes }
    } catch {
      // Refused by name, which is one of the two right ends.
    }
  }

  private func tensors(of file: MappedFile) throws(CheckpointError) -> [StoredTensor] {
    switch self {
    case .safetensors:
      let file = try SafetensorsFile(file)
      return file.names.compactMap { file[$0] }
    case .torch:
      let file = try TorchFile(file)
      return file.names.compactMap { file[$0] }
    case .gguf:
      let file = try GGUFFile(file)
      return file.names.compactMap { file[$0] }
    }
  }
}
