import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Probes

/// One connection without a socket, on a clock of its own.
struct ProbeHandlerTests {
  private let loop = EmbeddedEventLoop()
  private let channel: EmbeddedChannel

  init() throws {
    channel = EmbeddedChannel(loop: loop)
    try ProbeServer.prepare(
      channel.pipeline.syncOperations, for: Probes(of: "llava-test", version: "1"), within: Limits())
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  /// What comes back for these bytes.
  private func answer(_ text: String) throws -> String {
    _ = try? channel.writeInbound(ByteBuffer(string: text))  // what is wrong with it is in the answer
    var answer = ""
    while let part = try channel.readOutbound(as: ByteBuffer.self) { answer += String(buffer: part) }
    return answer
  }

  @Test(arguments: [
    ("GET /healthz HTTP/1.1\r\n\r\n", "200 OK"), ("GET /healthz?verbose=1 HTTP/1.0\r\n\r\n", "200 OK"),
    ("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n", "503 Service Unavailable"),
    ("GET /metrics HTTP/1.1\r\n\r\n", "200 OK"), ("HEAD /metrics HTTP/1.1\r\n\r\n", "200 OK"),
    ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"), ("GET /metrics/x HTTP/1.1\r\n\r\n", "404 Not Found"),
    ("POST /metrics HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", "405 Method Not Allowed"),
    ("DELETE /healthz HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
    ("hello\r\n\r\n", "400 Bad Request"), ("GET /healthz\r\n\r\n", "400 Bad Request"),
    ("GET /healthz HTTP/9.9\r\n\r\n", "400 Bad Request"), ("\u{0}\u{1}\u{2}", "400 Bad Request"),
    ("GET /healthz HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
    ("GET /healthz HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000), "431 Request Header Fields Too Large"),
  ])
  func everyRequestGetsItsStatus(_ request: String, _ status: String) throws {
    #expect(try answer(request).hasPrefix("HTTP/1.1 \(status)\r\n"))
  }

  @Test func aHeadHasTheLengthOfTheBodyThatItLeavesOut() throws {
    let answer = try answer("HEAD /healthz HTTP/1.1\r\n\r\n")
    #expect(answer.contains("\r\nContent-Length: 6\r\n") && answer.hasSuffix("\r\n\r\n"))
  }

  @Test func aRequestMayComeByteByByte() throws {
    var text = ""
    for character in "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".unicodeScalars { text += try answer(String(character)) }
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("alive\n"))
  }

  @Test func aSecondRequestOnAConnectionIsNotAnswered() throws {
    let request = "GET /healthz HTTP/1.1\r\n\r\n"
    #expect(try answer(request + request).split(separator: "HTTP/1.1 200").count == 1)
    #expect(try answer(request).isEmpty)
  }

  @Test func whoSendsHalfARequestIsCutOffAfterItsTime() throws {
    #expect(try answer("GET /healthz HTT").isEmpty)
    loop.advanceTime(by: TimeAmount(Limits().connectionTime) - .nanoseconds(1))
    #expect(channel.isActive)
    loop.advanceTime(by: .nanoseconds(1))
    #expect(!channel.isActive)
  }
}
