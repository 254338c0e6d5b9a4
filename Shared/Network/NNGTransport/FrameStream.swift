import CNNG
import Concurrency
import DequeModule
import RPC

/// One nng stream that carries frames: a read that is always armed, and one write at a time.
///
/// What is malformed, too large or too much ends it without a word; the connection on it sees the end.
final class FrameStream: Gated, @unchecked Sendable {  // sound: `intake` belongs to the one read, the rest is guarded
  private struct Writing {
    var operation: Operation?
    /// What nng is writing; it keeps the memory until the callback.
    var current: OutgoingPacket?
    var waiting: Deque<OutgoingPacket> = []
    var isOver = false
  }

  let gate = Lock(Gate())
  let inbox = Mailbox<Frame>(limit: TransportLimits.inboxFrameCount)
  private let raw: OpaquePointer
  private let holdings: Holdings
  private let intake: Intake
  private let writing = Lock(Writing())
  private let reading = Lock<Operation?>(nil)

  /// Takes the stream over and starts to read.
  init(taking raw: OpaquePointer, _ holdings: Holdings) {
    self.raw = raw
    self.holdings = holdings
    intake = Intake(holdings)
    holdings.opened(self)
    let read = Operation { self.finishedRead($0, $1) }
    let write = Operation { self.finishedWrite($0, $1) }
    reading.withLock { $0 = read }
    writing.withLock { $0.operation = write }
    guard let read, write != nil else {
      end()
      return
    }
    self.read(read)
  }

  func shut() {
    inbox.finish()
    writing.withLock { $0.isOver = true }
    nng_stream_close(raw)
  }

  func free() {
    nng_stream_free(raw)
    reading.withLock { $0.take() }?.end()
    let write = writing.withLock { writing in
      defer { writing = Writing(isOver: true) }
      return writing.operation
    }
    write?.end()
    intake.end()
    holdings.ended(self)
    freed()
  }

  // MARK: Reading

  private func read(_ operation: Operation) {
    begin { operation.start(with: intake.space) { nng_stream_recv(raw, $0) } }
  }

  private func finishedRead(_ operation: Operation, _ code: Int32) {
    defer { finish() }
    guard code == 0, let frames = try? intake.received(operation.byteCount), frames.allSatisfy(inbox.put) else {
      return end()
    }
    read(operation)
  }

  // MARK: Writing

  /// Queues a frame behind those before it. One too many closes the stream.
  func send(_ frame: Frame) {
    let packet = OutgoingPacket(frame, holdings)
    let hasRoom = writing.withLock { writing in
      guard !writing.isOver else { return true }
      guard writing.waiting.count < TransportLimits.outgoingFrameCount else { return false }
      writing.waiting.append(packet)
      writeNext(&writing)
      return true
    }
    if !hasRoom { end() }
  }

  private func writeNext(_ writing: inout Writing) {
    guard writing.current == nil, let packet = writing.waiting.popFirst() else { return }
    writing.current = packet
    write(&writing)
  }

  /// Writes what is left of the current packet. The packet stays until the callback, or for good once closing.
  private func write(_ writing: inout Writing) {
    guard let operation = writing.operation, let packet = writing.current else { return }
    begin { operation.start(with: packet.rest) { nng_stream_send(raw, $0) } }
  }

  private func finishedWrite(_ operation: Operation, _ code: Int32) {
    defer { finish() }
    guard code == 0 else { return end() }
    let done = writing.withLock { writing in
      guard let packet = writing.current else { return nil as OutgoingPacket? }
      packet.sent(operation.byteCount)
      guard packet.rest.isEmpty else {
        write(&writing)
        return nil
      }
      writing.current = nil
      writeNext(&writing)
      return packet
    }
    withExtendedLifetime(done) {}  // freed outside the lock
  }
}
