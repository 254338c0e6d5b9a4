import Concurrency
import Foundation
import NNGTransport
import RPC
import TLSTransport
import TestSupport

/// A network to make calls over, and the clock that its calls go by.
struct World: Sendable {
  let transport: any Transport
  let clock: any MonotonicClock
  /// An address that nobody has listened at; where it is a tcp one, listening chooses the port.
  let address: @Sendable () throws -> Address
  /// An address where nobody listens.
  let vacantAddress: @Sendable () throws -> Address
  /// Messages that the transport holds and has not freed.
  let liveMessageCount: @Sendable () -> Int
  /// Ends every link and listener.
  let close: @Sendable () async -> Void
}

/// The transports that have to keep the same promises.
enum TransportKind: String, CaseIterable, Sendable {
  case simulated, inproc, ipc, tcp, tls

  /// Of the simulated kind: any will do, since no claim may depend on chance.
  private static let seed: UInt64 = 20_231_010

  /// Runs `body` in a world of its own, which ends with it.
  func run(_ body: @escaping @Sendable (World) async throws -> Void) async throws {
    let world: World
    switch self {
    case .simulated:
      return try await Simulation.run(seed: Self.seed) { simulation in
        let address = try Address("inproc://simulated")
        try await body(
          World(
            transport: SimulatedTransport(in: simulation), clock: simulation.timeline, address: { address },
            vacantAddress: { address }, liveMessageCount: { 0 }, close: {}))
      }
    case .inproc: world = try Self.real { try Address("inproc://\(Self.freshName)") }
    case .ipc: world = try Self.real { try Address("ipc:///tmp/llava-test-\(Self.freshName)/socket") }
    case .tcp: world = try Self.real(vacant: "tcp://127.0.0.1:1") { try Address("tcp://127.0.0.1:0") }
    case .tls: world = try Self.secure()
    }
    let result: Result<Void, any Error>
    do { result = .success(try await body(world)) } catch { result = .failure(error) }
    await world.close()
    try result.get()
  }

  private static var freshName: String { String(UUID().uuidString.prefix(8)) }

  private static func secure() throws -> World {
    // No bound of time that a busy machine could reach while a test runs.
    var limits = TransportLimits()
    limits.connectTimeout = .seconds(600)
    limits.handshakeTimeout = .seconds(600)
    let transport = TLSTransport(clock: SystemClock(), limits: limits, credentials: try TestCertificates.once())
    return World(
      transport: transport, clock: SystemClock(), address: { try Address("tls+tcp://127.0.0.1:0") },
      vacantAddress: { try Address("tls+tcp://127.0.0.1:1") }, liveMessageCount: { transport.liveMessageCount },
      close: { await transport.close() })
  }

  private static func real(vacant: String? = nil, _ address: @escaping @Sendable () throws -> Address) throws -> World {
    let transport = NNGTransport(clock: SystemClock())
    return World(
      transport: transport, clock: SystemClock(), address: address,
      vacantAddress: { try vacant.map { try Address($0) } ?? address() },
      liveMessageCount: { transport.liveMessageCount }, close: { await transport.close() })
  }
}
