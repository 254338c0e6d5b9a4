import Testing

@testable import StoreClient

@Suite struct StoreAddressTests {
  @Test(arguments: [
    ("redis://localhost", "redis://localhost:6379", false), ("valkey://10.0.0.1:7000", "redis://10.0.0.1:7000", true),
    ("rediss://store-0.store:6380", "rediss://store-0.store:6380", false),
    ("redis://[::1]:6379", "redis://[::1]:6379", false), ("redis://[fe80::1]", "redis://[fe80::1]:6379", true),
    ("unix:///run/valkey.sock", "unix:///run/valkey.sock", false),
  ])
  func anAddressReadsAsItself(text: String, spelled: String, isExposed: Bool) throws {
    let address = try #require(StoreAddress(text))
    #expect(address.description == spelled && StoreAddress(spelled) == address && address.isExposed == isExposed)
  }

  @Test(arguments: [
    "", "redis", "redis://", "redis://:6379", "redis://a:0", "redis://a:65536", "redis://a:x", "redis://a:1:2",
    "redis://user:password@a", "redis://a/0", "http://a", "unix://relative", "unix://", "redis:///a", "redis://[::1",
    "redis://[::1]x", "redis://a b", "unix:///" + String(repeating: "x", count: 108),
  ])
  func whatIsNoAddressIsNothing(text: String) { #expect(StoreAddress(text) == nil) }
}
