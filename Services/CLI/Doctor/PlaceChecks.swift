import Concurrency
import Contracts
import Glibc
import Launch
import RPC

/// Whether services could answer where they do by default, and keep what they want to keep.
struct PlaceChecks: Sendable {
  var runtime = RuntimeDirectory.path
  var cache = CacheDirectory.path
  var doors: [(role: Role, address: Address)] = [
    (.gateway, DefaultAddress.gateway), (.vision, DefaultAddress.vision), (.decoder, DefaultAddress.decoder),
  ]
  /// A llava on this machine greets within milliseconds, unless the machine is very busy.
  var patience = Duration.seconds(2)
  let transport: any Transport
  let clock: any MonotonicClock

  /// Below this an image or two would fill the rest.
  private static let freeByteLimit = 1 << 30

  var checks: [Check] {
    [
      Check(.places, "runtime directory", advice: "set XDG_RUNTIME_DIR to a directory that only you can write to") {
        try await socket()
      },
      Check(.places, "cache directory", advice: "make it yours, or set XDG_CACHE_HOME to a directory that is") {
        try room()
      },
    ] + doors.map(door)
  }

  /// Leaves the directory behind only if it was there.
  private func socket() async throws -> Outcome {
    let wasThere = access(runtime, F_OK) == 0
    try RuntimeDirectory.prepare(runtime)
    defer { if !wasThere { rmdir(runtime) } }
    let listener = try await transport.listen(at: Address("ipc://\(runtime)/doctor-\(getpid()).sock"))
    await listener.close()
    return .passed("\(runtime), sockets can be made")
  }

  private func room() throws(LaunchError) -> Outcome {
    let nearest = Directory(cache).nearest
    try nearest.checkWritable()
    guard let free = nearest.free else { return .passed(cache) }
    guard free.bytes >= Self.freeByteLimit else {
      return .warning("\(cache), \(free) free", advice: "remove what is not needed there, or set XDG_CACHE_HOME")
    }
    return .passed("\(cache), \(free) free")
  }

  private func door(_ role: Role, _ address: Address) -> Check {
    Check(.places, "\(role) at \(address)", advice: "end what listens there, or name another place with --listen") {
      do {
        let listener = try await transport.listen(at: address)
        await listener.close()
        return .passed("free")
      } catch {
        guard let peer = await peer(at: address, of: role) else { throw error }
        return .passed("taken by \(peer)")
      }
    }
  }

  /// Who of ours answers at `address`, if anybody does.
  private func peer(at address: Address, of role: Role) async -> String? {
    let channel = Channel(
      to: address, over: transport, clock: clock,
      hello: { Hello(role: role == .gateway ? .client : .gateway).greeting }, greet: { _ throws(ServiceError) in })
    return await withTaskGroup(of: String?.self) { group in
      group.addTask {
        await channel.run()
        return nil
      }
      group.addTask {
        try? await clock.sleep(for: patience)  // ends early once somebody answered
        return nil
      }
      group.addTask { try? await name(of: channel) }  // an error is no answer either
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  private func name(of channel: Channel) async throws -> String? {
    do {
      try await channel.opened()
    } catch let error as ServiceError where error.code == .incompatible {
      return "a llava that does not answer us: \(error.message)"
    }
    guard case .open(let greeting) = channel.state else { return nil }
    let hello = try Hello(greeting: greeting, expecting: [.client, .gateway, .vision, .decoder])
    return "\(hello.build), a \(hello.role)"
  }
}
