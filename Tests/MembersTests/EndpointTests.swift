import Members
import RPC
import Testing

struct EndpointTests {
  @Test func aNameIsAnAddressThatIsLookedUpAgain() throws {
    #expect(try Endpoint("tcp://10.0.0.1:7601") == .address(Address("tcp://10.0.0.1:7601")))
    #expect(try Endpoint("dns+tcp://llava-vision:7601") == .name(Address("tcp://llava-vision:7601")))
    #expect(try Endpoint("dns+tls+tcp://llava-vision:7601") == .name(Address("tls+tcp://llava-vision:7601")))
    for text in ["ipc:///run/x.sock", "dns+tcp://a.b:1", "dns+tls+tcp://a:2"] {
      #expect(try "\(Endpoint(text))" == text)
    }
  }

  @Test(arguments: [
    "dns+", "dns+ipc:///x", "dns+inproc://x", "dns+tcp://", "dns+tcp://name", "dns+tcp://:7601", "dns+udp://a:1",
    "dns://a:1",
    "dns+dns+tcp://a:1", "",
  ])
  func whatIsNoEndpointIsAnError(text: String) {
    #expect(throws: ServiceError.self) { try Endpoint(text) }
  }

  /// The machine is dialled by its number, and certified for the name that led to it.
  @Test func aResolvedAddressIsCertifiedForItsName() throws {
    let name = try Address("tls+tcp://llava-vision:7601")
    let four = name.resolved(to: "10.0.0.7")
    #expect("\(four)" == "tls+tcp://10.0.0.7:7601" && four.certifiedHost == "llava-vision" && four.host == "10.0.0.7")
    let six = name.resolved(to: "fd00::7")
    #expect("\(six)" == "tls+tcp://[fd00::7]:7601" && six.certifiedHost == "llava-vision" && six.host == "fd00::7")
    #expect(name.certifiedHost == "llava-vision")
    #expect(try four != Address("tls+tcp://10.0.0.7:7601"), "who is certified for another name is another peer")
    let socket = try Address("ipc:///x")
    #expect(socket.resolved(to: "10.0.0.1") == socket)
  }
}
