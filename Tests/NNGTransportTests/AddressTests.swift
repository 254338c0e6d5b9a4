import Concurrency
import Foundation
import NNGTransport
import RPC
import TestSupport
import Testing

/// What can go wrong with an address, and what the error says about it.
struct AddressTests {
  private let transport = NNGTransport(clock: SystemClock())

  private func failure(of body: () async throws -> Void) async -> ServiceError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? ServiceError
    }
  }

  @Test(arguments: plainSchemes) func nobodyThereIsUnavailable(_ scheme: Address.Scheme) async throws {
    let address = scheme == .tcp ? try Address("tcp://127.0.0.1:1") : try freshAddress(scheme)
    let error = try #require(await failure { _ = try await transport.connect(to: address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("\(address)"))
    #expect(error.message.contains("nothing listens there; start the service"))
    await transport.close()
  }

  @Test func tlsIsNotItsAffair() async throws {
    let address = try Address("tls+tcp://127.0.0.1:0")
    for error in [
      await failure { _ = try await transport.listen(at: address) },
      await failure { _ = try await transport.connect(to: address) },
    ] {
      #expect(error?.code == .invalidRequest)
    }
  }

  @Test func unknownHostIsNamed() async throws {
    let address = try Address("tcp://no-such-host.invalid:7600")
    let error = try #require(await failure { _ = try await transport.connect(to: address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("no-such-host.invalid"))
  }

  @Test(arguments: plainSchemes) func anAddressInUseIsRefused(_ scheme: Address.Scheme) async throws {
    let first = try await transport.listen(at: freshAddress(scheme))
    let error = try #require(await failure { _ = try await transport.listen(at: first.address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("address in use by a running process"))
    let client = try await transport.connect(to: first.address)
    client.send(Frame(.hello))
    #expect(await first.accept() != nil, "asking must not have harmed the listener")
    await first.close()
  }

  @Test func aDeadProcessesFileIsReplacedAndRemovedAtTheEnd() async throws {
    let address = try freshAddress(.ipc)
    let directory = String(address.rest[..<address.rest.lastIndex(of: "/")!])
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do { _ = RawPeer(silentAt: address) }  // its end leaves the file
    #expect(FileManager.default.fileExists(atPath: address.rest))
    let listener = try await transport.listen(at: address)
    let client = try await transport.connect(to: address)
    client.close()
    await listener.close()
    #expect(!FileManager.default.fileExists(atPath: address.rest))
  }

  @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
    let address = try Address("ipc:///tmp/llava-test-\(UUID().uuidString.prefix(8))")
    try Data("precious".utf8).write(to: URL(fileURLWithPath: address.rest))
    let error = try #require(await failure { _ = try await transport.listen(at: address) })
    #expect(error.message.contains("is not a socket"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: address.rest)) == Data("precious".utf8))
    try FileManager.default.removeItem(atPath: address.rest)
  }

  @Test func theSocketAndItsDirectoryAreTheUsersAlone() async throws {
    let address = try freshAddress(.ipc)
    let listener = try await transport.listen(at: address)
    let directory = String(address.rest[..<address.rest.lastIndex(of: "/")!])
    for (path, mode) in [(directory, 0o700), (address.rest, 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode)
    }
    await listener.close()
  }

  @Test func aDirectoryThatCannotBeMadeIsNamed() async throws {
    let address = try Address("ipc:///dev/null/socket")
    let error = try #require(await failure { _ = try await transport.listen(at: address) })
    #expect(error.code == .unavailable)
    #expect(error.message.contains("/dev/null"))
  }

  @Test func port0BecomesTheRealPort() async throws {
    let listener = try await transport.listen(at: Address("tcp://127.0.0.1:0"))
    #expect(listener.address.rest.hasPrefix("127.0.0.1:"))
    #expect(!listener.address.rest.hasSuffix(":0"))
    await listener.close()
  }

  @Test func cancellationEndsAConnectAtOnce() async throws {
    let listener = try await transport.listen(at: freshAddress(.tcp))
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled { await Task.yield() }  // or it might be connected before
        _ = try await transport.connect(to: listener.address)
      }
      group.cancelAll()
      await #expect(throws: CancellationError.self) { try await group.next() }
    }
    await listener.close()
    await transport.close()
  }

  @Test func cancellationEndsAnAcceptAtOnce() async throws {
    for scheme in plainSchemes {
      let listener = try await transport.listen(at: freshAddress(scheme))
      await withTaskGroup(of: Bool.self) { group in
        group.addTask { await listener.accept() == nil }
        group.cancelAll()
        #expect(await group.next() == true)
      }
      await listener.close()
    }
  }
}
