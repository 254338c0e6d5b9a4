import RPC
import Testing

@testable import Launch

struct SettingValueTests {
  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("2m", .seconds(120)), ("1.5s", .milliseconds(1500)),
    ("1h", .seconds(3600)), ("250us", .microseconds(250)), ("0s", .zero), ("7ns", .nanoseconds(7)),
  ])
  func durationsHaveUnits(text: String, duration: Duration) {
    #expect(Duration(setting: text) == duration)
    #expect(Duration(setting: duration.settingText) == duration)
  }

  @Test(arguments: ["", "30", "s", "-1s", "1 d", "nans", "infs", "1e30h", "0x", "400000000s"])
  func whatIsNoDurationIsRefused(text: String) {
    #expect(Duration(setting: text) == nil)
  }

  @Test(arguments: [
    ("2GiB", 2 << 30), ("512MiB", 512 << 20), ("1KiB", 1024), ("3MB", 3_000_000), ("17B", 17), ("0B", 0),
  ])
  func memoryHasUnits(text: String, bytes: Int) {
    #expect(ByteCount(setting: text) == ByteCount(bytes: bytes))
    #expect(ByteCount(setting: ByteCount(bytes: bytes).settingText) == ByteCount(bytes: bytes))
  }

  @Test(arguments: ["", "2", "GiB", "-1GiB", "1.5GiB", "9999999999999GiB", "2 GiB"])
  func whatIsNoMemoryIsRefused(text: String) {
    #expect(ByteCount(setting: text) == nil)
  }

  @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_179_648, "1.1 MiB"), (3 << 30, "3.0 GiB")])
  func memoryIsRoundedForPeople(bytes: Int, text: String) {
    #expect(ByteCount(bytes: bytes).description == text)
  }

  @Test func theErrorSaysWhatWasExpectedAndFound() throws {
    let error = try #require(throws: LaunchError.self) { try Duration.parsed("soon") }
    #expect(error == LaunchError(.usage, "expected a duration such as 500ms, 30s or 2m, found 'soon'"))
  }

  @Test(arguments: ["nan", "inf", "", "one"])
  func aNumberIsFinite(text: String) {
    #expect(Float(setting: text) == nil)
  }

  @Test func onlyLocalAddressesAreFreeOfAskingForEncryption() throws {
    let local = try [
      "tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1", "ipc:///tmp/x", "inproc://x", "tls+tcp://0.0.0.0:1",
    ]
    .map { try Address($0) }
    try local.checked(isInsecureAllowed: false)
    let remote = try Address("tcp://0.0.0.0:7600")
    let error = try #require(throws: LaunchError.self) { try (local + [remote]).checked(isInsecureAllowed: false) }
    #expect(error.message.hasPrefix("tcp://0.0.0.0:7600 leaves this machine"))
    #expect(error.message.contains("--insecure"))
    try [remote].checked(isInsecureAllowed: true)
  }
}
