/// What the pickle of a state dict is made of.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case tuple([PickleValue])
  case list(PickleBox<[PickleValue]>)
  case dictionary(PickleBox<[(key: PickleValue, value: PickleValue)]>)
  /// A class or a function by its name, of those that are allowed.
  case global(PickleGlobal)
  case storage(TorchStorage)
  case tensor(TorchTensor)

  /// What an error calls it.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer: "a whole number"
    case .float: "a number"
    case .string: "a text"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global(let global): global.name
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// What may still grow after others have a reference to it.
final class PickleBox<Content> {
  var content: Content

  init(_ content: Content) { self.content = content }
}

/// The names that a state dict may mention. Nothing is ever called by name: each is a case here.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  /// A storage of numbers of this type, as safetensors spells it, and the bytes of one.
  case storageType(String, byteCount: Int)

  private static let known: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "torch._utils._rebuild_tensor_v2": .rebuildTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch.FloatStorage": .storageType("F32", byteCount: 4),
    "torch.HalfStorage": .storageType("F16", byteCount: 2),
    "torch.BFloat16Storage": .storageType("BF16", byteCount: 2),
    "torch.DoubleStorage": .storageType("F64", byteCount: 8),
    "torch.LongStorage": .storageType("I64", byteCount: 8),
    "torch.IntStorage": .storageType("I32", byteCount: 4),
    "torch.ShortStorage": .storageType("I16", byteCount: 2),
    "torch.CharStorage": .storageType("I8", byteCount: 1),
    "torch.ByteStorage": .storageType("U8", byteCount: 1),
    "torch.BoolStorage": .storageType("BOOL", byteCount: 1),
  ]

  init?(named name: String) {
    guard let known = Self.known[name] else { return nil }
    self = known
  }

  var name: String { Self.known.first { $0.value == self }?.key ?? "" }
}

/// Numbers of one type in an entry of the archive.
struct TorchStorage {
  let type: String
  let elementByteCount: Int
  /// The entry's name in the folder "data".
  let key: String
  let elementCount: Int
}

/// A view of a storage.
struct TorchTensor {
  let storage: TorchStorage
  /// Elements before the first.
  let offset: Int
  let shape: [Int]
  /// Elements from one index of a dimension to the next.
  let strides: [Int]
}
