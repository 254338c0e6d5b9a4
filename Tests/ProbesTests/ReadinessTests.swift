import Probes
import Telemetry
import Testing

struct ReadinessTests {
  @Test func aProcessIsReadyAfterItsWarmUpAndNotBefore() {
    var readiness = Readiness()
    #expect(readiness.absence(lacking: nil)?.hasPrefix("starting") == true)
    readiness.warmed()
    #expect(readiness.absence(lacking: nil) == nil)
    #expect(readiness.absence(lacking: "no decoder is ready") == "no decoder is ready")
  }

  @Test func aProcessThatStopsIsNeverReadyAgain() {
    var readiness = Readiness()
    readiness.stop()
    readiness.warmed()
    #expect(readiness.absence(lacking: nil) == "stopping")
  }

  @Test func theNumberSaysWhatTheProbeSays() {
    let probes = Probes(of: "llava-test", version: "1")
    #expect(probes.metrics.exposition.contains("\nllava_ready 0\n"))
    probes.warmed()
    #expect(probes.metrics.exposition.contains("\nllava_ready 1\n"))
    probes.require { "no vision worker is ready" }
    #expect(probes.metrics.exposition.contains("\nllava_ready 0\n"))
  }

  @Test(arguments: [
    ("127.0.0.1:9600", "127.0.0.1", 9600), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65535),
  ])
  func anAddressIsAHostAndAPort(_ text: String, _ host: String, _ port: Int) {
    #expect(ProbeAddress(text) == ProbeAddress(host: host, port: port))
    #expect(ProbeAddress(text)?.description == text)
  }

  @Test(arguments: [
    "", ":", "9600", ":9600", "a:", "a:65536", "a:-1", "a:+1", "::1:9600", "[a]:1", "[]:1", "a b:1", "a:1x",
  ])
  func whatIsNoAddressIsRefused(_ text: String) { #expect(ProbeAddress(text) == nil) }
}
