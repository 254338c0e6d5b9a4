@testable import Checkpoint

/// Files of weights.
enum FuzzedWeights {
  static func read(_ input: [UInt8], as target: FuzzTarget) {
    do throws(CheckpointError) {
      for tensor in try tensors(of: try MappedFile(bytes: input, name: "input"), target) { _ = tensor.bytes }
    } catch {
      // Refused by name, which is one of the two right ends.
    }
  }

  private static func tensors(of file: MappedFile, _ target: FuzzTarget) throws(CheckpointError) -> [StoredTensor] {
    switch target {
    case .torch:
      let file = try TorchFile(file)
      return file.names.compactMap { file[$0] }
    case .gguf:
      let file = try GGUFFile(file)
      return file.names.compactMap { file[$0] }
    default:
      let file = try SafetensorsFile(file)
      return file.names.compactMap { file[$0] }
    }
  }
}
