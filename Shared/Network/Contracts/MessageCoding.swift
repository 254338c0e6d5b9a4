import CMessages
import CProtobufC
import RPC

/// A Swift value that crosses the wire as one protobuf message.
protocol WireMessage {
  /// The struct that protoc-c generated.
  associatedtype C
  /// The generated function that sets a struct to its defaults.
  static var initialize: (UnsafeMutablePointer<C>?) -> Void { get }
  /// Reads a message that protobuf-c has checked for form; throws where a field's content is not allowed.
  init(_ message: C) throws(ServiceError)
  /// Fills an initialised message; what it points to lives in `arena`.
  func fill(_ message: inout C, _ arena: Arena)
}

/// Memory for the C structs of one message, freed together once it is packed.
final class Arena {  // unsafe here is sound: nothing it hands out is used after `packed` has returned
  private var allocations: [UnsafeMutableRawPointer] = []

  deinit { for allocation in allocations { allocation.deallocate() } }

  func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    pointer.initialize(from: elements, count: elements.count)
    allocations.append(UnsafeMutableRawPointer(pointer))
    return pointer
  }

  func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    ProtobufCBinaryData(len: bytes.count, data: array(bytes))
  }

  func text(_ text: String) -> ProtobufCBinaryData { bytes(Array(text.utf8)) }

  func message<Value: WireMessage>(_ value: Value) -> UnsafeMutablePointer<Value.C> {
    let pointer = UnsafeMutablePointer<Value.C>.allocate(capacity: 1)
    allocations.append(UnsafeMutableRawPointer(pointer))
    Value.initialize(pointer)
    value.fill(&pointer.pointee, self)
    return pointer
  }

  func optional<Value: WireMessage>(_ value: Value?) -> UnsafeMutablePointer<Value.C>? {
    value.map { message($0) }
  }

  func messages<Value: WireMessage>(_ values: [Value]) -> UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>? {
    array(values.map { message($0) })
  }
}

extension WireMessage {
  /// Every generated struct begins with its `ProtobufCMessage`, which knows its descriptor once initialised.
  private static func descriptor() -> UnsafePointer<ProtobufCMessageDescriptor>? {
    let pointer = UnsafeMutablePointer<C>.allocate(capacity: 1)
    defer { pointer.deallocate() }
    initialize(pointer)
    return UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
  }

  /// The protobuf bytes.
  var encoded: [UInt8] {
    let arena = Arena()
    let message = UnsafeMutableRawPointer(arena.message(self)).assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(message)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = protobuf_c_message_pack(message, buffer.baseAddress)
    }
  }

  /// Reads protobuf bytes from a peer; throws `invalidRequest`, naming the message, where they are not one.
  init(decoding bytes: [UInt8]) throws(ServiceError) {
    let name = String(describing: Self.self)
    guard bytes.count <= Limits.messageByteCount else {
      throw ServiceError(.tooLarge, "\(name): \(bytes.count) bytes; at most \(Limits.messageByteCount) are read")
    }
    guard let raw = protobuf_c_message_unpack(Self.descriptor(), nil, bytes.count, bytes) else {
      throw ServiceError(.invalidRequest, "\(name): \(bytes.count) bytes that are not this message")
    }
    defer { protobuf_c_message_free_unpacked(raw, nil) }
    try self.init(UnsafeRawPointer(raw).assumingMemoryBound(to: C.self).pointee)
  }
}

extension [UInt8] {
  init(_ field: ProtobufCBinaryData) { self.init(UnsafeBufferPointer(start: field.data, count: field.len)) }
}

extension String {
  /// Throws where a peer's text is not UTF-8.
  init(_ field: ProtobufCBinaryData, of name: String) throws(ServiceError) {
    guard let text = String(validating: [UInt8](field), as: UTF8.self) else {
      throw ServiceError(.invalidRequest, "\(name): expected UTF-8, found \(field.len) bytes that are not")
    }
    self = text
  }
}

/// Reads a repeated message field.
func values<Value: WireMessage>(
  _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?, _ count: Int, as _: Value.Type = Value.self
) throws(ServiceError) -> [Value] {
  var values: [Value] = []
  values.reserveCapacity(count)
  for index in 0..<count {
    if let message = pointer?[index] { values.append(try Value(message.pointee)) }
  }
  return values
}

/// Reads an optional message field.
func value<Value: WireMessage>(
  _ pointer: UnsafeMutablePointer<Value.C>?, as _: Value.Type = Value.self
) throws(ServiceError) -> Value? {
  guard let pointer else { return nil }
  return try Value(pointer.pointee)
}

/// Reads a repeated scalar field.
func scalars<Scalar>(_ pointer: UnsafeMutablePointer<Scalar>?, _ count: Int) -> [Scalar] {
  Array(UnsafeBufferPointer(start: pointer, count: count))
}
