import RPC

/// One peer over TLS. The last reference closes it.
final class SecureLink: Link {
  let peer: String
  private let stream: SecureStream

  init(_ stream: SecureStream, peer: String) {
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
