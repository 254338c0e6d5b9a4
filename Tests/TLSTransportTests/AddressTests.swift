import Concurrency
import RPC
import TLSTransport
import TestSupport
import Testing

/// What can go wrong with an address, and what the error says about it.
@Suite(.timeLimit(.minutes(10))) struct AddressTests {
  private let transport: TLSTransport

  init() throws { transport = try .own() }

  @Test func nobodyThereIsUnavailable() async throws {
    let address = try Address("tls+tcp://127.0.0.1:1")
    let error = try #require(await failure { _ = try await transport.connect(to: address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("\(address)"))
    #expect(error.message.contains("nothing listens there; start the service"), "\(error)")
    await transport.close()
  }

  @Test func unknownHostIsNamed() async throws {
    let address = try Address("tls+tcp://no-such-host.invalid:7600")
    for error in [
      await failure { _ = try await transport.connect(to: address) },
      await failure { _ = try await transport.listen(at: address) },
    ] {
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("no-such-host.invalid") == true)
      #expect(error?.message.contains("the host name is unknown") == true, "\(error?.message ?? "")")
    }
    await transport.close()
  }

  @Test func anAddressInUseIsRefused() async throws {
    let first = try await transport.listen(at: freshAddress(.tls))
    let error = try #require(await failure { _ = try await transport.listen(at: first.address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("address in use by a running process"), "\(error)")
    let client = try await transport.connect(to: first.address)
    client.send(Frame(.hello))
    #expect(await first.accept() != nil, "asking must not have harmed the listener")
    await transport.close()
  }

  @Test func anAddressIsFreeAgainOnceItsListenerIsClosed() async throws {
    let first = try await transport.listen(at: freshAddress(.tls))
    #expect(!first.address.rest.hasSuffix(":0"))
    let client = try await transport.connect(to: first.address)
    let server = try #require(await first.accept())
    await first.close()
    let second = try await transport.listen(at: first.address)
    client.send(Frame(.ping))
    #expect(await server.receive()?.kind == .ping, "links go on without their listener")
    await second.close()
    await transport.close()
  }

  @Test func otherSchemesAreNotItsAffair() async throws {
    let address = try Address("tcp://127.0.0.1:0")
    for error in [
      await failure { _ = try await transport.listen(at: address) },
      await failure { _ = try await transport.connect(to: address) },
    ] {
      #expect(error?.code == .invalidRequest)
    }
  }

  @Test func cancellationEndsAConnectAtOnce() async throws {
    let mute = RawPeer(silentAt: try Address("tcp://127.0.0.1:0"))
    let address = try Address("tls+tcp://127.0.0.1:\(mute.port)")
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await transport.connect(to: address) }
      group.cancelAll()
      await #expect(throws: CancellationError.self) { try await group.next() }
    }
    #expect(mute.port > 0, "it was there all the time")
    await transport.close()
  }

  @Test func cancellationEndsAnAcceptAtOnce() async throws {
    let listener = try await transport.listen(at: freshAddress(.tls))
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await listener.accept() == nil }
      group.cancelAll()
      #expect(await group.next() == true)
    }
    await transport.close()
  }
}
