import Testing

@testable import RPC

@Suite struct AddressTests {
  @Test(arguments: [
    ("tcp://127.0.0.1:7600", "127.0.0.1", true), ("tcp://localhost:0", "localhost", true),
    ("tcp://[::1]:65535", "::1", true), ("tcp://example.org:1", "example.org", false),
    ("tcp://0.0.0.0:7600", "0.0.0.0", false), ("tcp://[2001:db8::1]:80", "2001:db8::1", false),
    ("ipc:///run/user/0/llava/gateway", nil, true), ("inproc://gateway", nil, true),
  ]) func aGoodAddressKeepsItsText(text: String, host: String?, isLocal: Bool) throws {
    let address = try Address(text)
    #expect(address.description == text)
    #expect(address.host == host)
    #expect(address.isLocal == isLocal)
  }

  @Test(arguments: [
    "", "gateway", "127.0.0.1:7600", "http://127.0.0.1:7600", "tcp:/127.0.0.1:7600", "tcp://", "tcp://:7600",
    "tcp://host", "tcp://host:", "tcp://host:port", "tcp://host:65536", "tcp://host:-1", "ipc://", "inproc://",
    "ipc:///\(String(repeating: "a", count: 100))", "ipc:///a\0b",
  ]) func aBadAddressIsQuotedInTheError(text: String) {
    let error = #expect(throws: ServiceError.self) { try Address(text) }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains("'\(text)'") == true)
    #expect(error?.message.contains("expected") == true)
  }
}
