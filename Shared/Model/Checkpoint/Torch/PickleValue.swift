/// A value that a pickle makes. What holds other values is a place in `PickleObjects`, so that a value never nests:
/// neither reading nor letting go of one can go deeper than a file is allowed to.
enum PickleValue: Equatable {
  case integer(Int)
  case text(String)
  case tuple(Int)
  case dictionary(Int)
  case list
  case global(TorchGlobal)
  case storage(Int)
  case tensor(Int)
  /// Nothing that a tensor is made of: None, a truth value, a fraction, a number beyond 64 bits.
  case other

  /// What it is, for errors.
  var kind: String {
    switch self {
    case .integer(let value): "the number \(value)"
    case .text(let text): "the text \(text.prefix(64).debugDescription)"
    case .tuple: "a tuple"
    case .dictionary: "a dictionary"
    case .list: "a list"
    case .global: "the name of a Python object"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .other: "another value"
    }
  }
}

/// What the values of a pickle refer to. Nothing leaves before the end: a value may be remembered and come again.
struct PickleObjects {
  private(set) var tuples: [[PickleValue]] = []
  /// Those of which the key is a text.
  private(set) var dictionaries: [[String: PickleValue]] = []
  private(set) var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []

  var count: Int { tuples.count + dictionaries.count + storages.count + tensors.count }

  mutating func add(tuple: [PickleValue]) -> PickleValue {
    tuples.append(tuple)
    return .tuple(tuples.count - 1)
  }

  mutating func addDictionary() -> PickleValue {
    dictionaries.append([:])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func add(_ storage: TorchStorage) -> PickleValue {
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  mutating func add(_ tensor: TorchTensor) -> PickleValue {
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  /// False where the dictionary has a value of this key already, which stays.
  mutating func set(_ value: PickleValue, of key: String, in dictionary: Int) -> Bool {
    guard dictionaries[dictionary][key] == nil else { return false }
    dictionaries[dictionary][key] = value
    return true
  }
}
