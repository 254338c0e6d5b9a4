import RPC
import Testing

struct AddressTests {
  @Test(arguments: [
    ("tcp://worker-1:7600", Address.Scheme.tcp, "worker-1:7600"), ("tcp://[::1]:0", .tcp, "[::1]:0"),
    ("tcp://0.0.0.0:65535", .tcp, "0.0.0.0:65535"), ("ipc:///run/llava/vision", .ipc, "/run/llava/vision"),
    ("inproc://gateway", .inproc, "gateway"),
  ])
  func aGoodAddressIsItsSchemeAndTheRest(_ text: String, _ scheme: Address.Scheme, _ rest: String) throws {
    let address = try Address(text)
    #expect(address.scheme == scheme)
    #expect(address.rest == rest)
    #expect("\(address)" == text)
  }

  @Test(arguments: [
    "", "worker:7600", "http://worker:7600", "tcp:/worker:7600", "TCP://worker:7600", "tcp://", "ipc://", "inproc://",
    "tcp://worker", "tcp://:7600", "tcp://worker:", "tcp://worker:65536", "tcp://worker:-1", "tcp://worker:+1",
    "tcp://worker:port", "ipc:///a\0b", "ipc:///" + String(repeating: "a", count: 100),
  ])
  func aBadAddressIsAnErrorThatQuotesIt(_ text: String) {
    let error = #expect(throws: ServiceError.self) { try Address(text) }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains("'\(text)'") == true)
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:1", true), ("tcp://127.8.9.10:1", true), ("tcp://localhost:1", true), ("tcp://[::1]:1", true),
    ("ipc:///tmp/a", true), ("inproc://a", true), ("tcp://0.0.0.0:1", false), ("tcp://[::]:1", false),
    ("tcp://128.0.0.1:1", false), ("tcp://worker:1", false), ("tcp://127.example.org:1", false),
  ])
  func localIsWhatNobodyElseCanReach(_ text: String, _ isLocal: Bool) throws {
    #expect(try Address(text).isLocal == isLocal)
  }

  @Test func theHostHasNoBrackets() throws {
    #expect(try Address("tcp://[fe80::1]:7600").host == "fe80::1")
    #expect(try Address("tcp://worker:7600").host == "worker")
    #expect(try Address("ipc:///tmp/a").host == nil)
  }
}
