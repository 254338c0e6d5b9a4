/// Why a model directory cannot be used: which file, what was expected there and what was found.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// A file is not there, or the system does not let us read it.
    case unreadable
    /// A file cannot be written, or not in this format.
    case unwritable
    /// A file contradicts itself or its format.
    case malformed
    /// A file is of a form that is not read, though other programs may; the message says how to come by one that is.
    case unsupportedFormat
    /// A weight that the model needs is in no file.
    case missingTensor
    case shapeMismatch
    /// The numbers of a weight are stored in a type that is not read.
    case unsupportedType
    /// The configuration describes a model that this program does not compute.
    case unsupportedModel
  }

  public let code: Code
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
