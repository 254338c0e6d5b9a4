import RPC

/// One peer over an nng stream. The last reference closes it.
final class StreamLink: Link {
  let peer: String
  private let stream: FrameStream

  init(_ stream: FrameStream, peer: String) {
    self.stream = stream
    self.peer = peer
  }

  deinit { close() }

  func send(_ frame: Frame) { stream.send(frame) }
  func receive() async -> Frame? { await stream.inbox.take() }

  func close() {
    stream.inbox.finish(discarding: true)
    stream.end()
  }
}
