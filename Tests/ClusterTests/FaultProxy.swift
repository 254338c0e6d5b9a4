import Concurrency
import Glibc

/// Stands before a server's socket at a port of its own, and passes bytes on both ways; one fault at a time strikes them.
///
/// Each direction of a connection has a thread of its own, which blocks: what a fault holds up holds up nobody else.
final class FaultProxy: Sendable {
  private struct State {
    var fault: WireFault?
    var hasStruck = false
    /// Bytes since the fault was armed.
    var counts: [WireFault.Direction: Int] = [:]
    /// Rest before every piece, in microseconds.
    var slowness: UInt32 = 0
    /// Connections that a fault holds.
    var held: [ProxiedConnection] = []
    var isClosed = false
  }

  /// What the rest of a late piece waits, in microseconds: longer than a step, shorter than any deadline.
  private static let delay: UInt32 = 300_000

  let port: Int
  private let path: String
  private let listener: Int32
  private let state = Lock(State())

  struct Unavailable: Error {
    let system: Int32
  }

  /// Listens at a port that was free; `path` is the server's socket, which need not be there yet.
  init(to path: String) throws {
    self.path = path
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { [listener] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 128) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    port = Int(in_port_t(bigEndian: address.sin_port))
    guard status else { throw Unavailable(system: errno) }
    BlockingThread.start { self.accept() }
  }

  /// Ends accepting; connections go on until one of their ends closes.
  func close() {
    disarm()
    state.withLock { $0.isClosed = true }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  // MARK: Faults

  func arm(_ fault: WireFault?) {
    state.withLock { state in
      state.fault = fault
      state.hasStruck = false
      state.counts = [:]
    }
  }

  /// Ends what a fault has held up.
  func disarm() {
    let held = state.withLock { state in
      defer { state.held = [] }
      state.fault = nil
      return state.held
    }
    for connection in held { connection.end() }
  }

  var hasStruck: Bool { state.withLock { $0.hasStruck } }

  /// Bytes that have passed since a fault, or none, was armed.
  func count(_ direction: WireFault.Direction) -> Int { state.withLock { $0.counts[direction] ?? 0 } }

  /// Every piece of bytes rests so long before it goes on.
  func slow(by microseconds: UInt32) { state.withLock { $0.slowness = microseconds } }

  // MARK: Bytes

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0, !state.withLock({ $0.isClosed }) else { break }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)  // a program that a test starts must not hold it open
      guard let connection = ProxiedConnection(client, to: path) else { continue }
      for direction in WireFault.Direction.allCases {
        BlockingThread.start { self.pump(connection, direction) }
      }
    }
    Glibc.close(listener)
  }

  private func pump(_ connection: ProxiedConnection, _ direction: WireFault.Direction) {
    while let bytes = connection.read(direction) {
      let slowness = state.withLock { $0.slowness }
      if slowness > 0 { usleep(slowness) }
      let passage = passage(of: bytes, direction, connection)
      connection.write(passage.first, direction)
      if !passage.late.isEmpty {
        usleep(Self.delay)
        connection.write(passage.late, direction)
      }
      switch passage.after {
      case .goOn: continue
      case .endBoth: connection.end()
      case .endThisWay:
        connection.finish(direction)
        while connection.read(direction) != nil {}  // what still comes is lost
      case .hold: break
      }
      return
    }
    connection.finish(direction)
  }

  private func passage(
    of bytes: [UInt8], _ direction: WireFault.Direction, _ connection: ProxiedConnection
  ) -> WireFault.Passage {
    state.withLock { state in
      let before = state.counts[direction] ?? 0
      state.counts[direction] = before + bytes.count
      guard let fault = state.fault, !state.hasStruck, fault.direction == direction,
        fault.position < before + bytes.count
      else { return WireFault.Passage(first: bytes) }
      state.hasStruck = true
      if fault.kind == .stall || fault.kind == .halfOpen { state.held.append(connection) }
      return fault.passage(of: bytes, at: fault.position - before, bit: fault.position % 8)
    }
  }
}

/// A client's socket and the server's, which are closed when nobody reads them any more.
private final class ProxiedConnection: Sendable {
  private let client: Int32
  private let server: Int32

  /// Nothing where the server is not there; the client's socket is closed then.
  init?(_ client: Int32, to path: String) {
    self.client = client
    server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      place.copyBytes(from: path.utf8.prefix(place.count - 1))
    }
    let status = withUnsafePointer(to: &address) { [server] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    // What is returned here is deinitialised: both are closed there.
    guard status == 0 else { return nil }
  }

  deinit {
    close(client)
    close(server)
  }

  /// The next bytes, or nothing at the end.
  func read(_ direction: WireFault.Direction) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(direction == .toServer ? client : server, &bytes, bytes.count, 0)
    return count > 0 ? Array(bytes[..<count]) : nil
  }

  /// Ends quietly where nobody reads any more.
  func write(_ bytes: [UInt8], _ direction: WireFault.Direction) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = send(direction == .toServer ? server : client, Array(rest), rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  func finish(_ direction: WireFault.Direction) {
    shutdown(direction == .toServer ? server : client, Int32(SHUT_WR))
  }

  func end() {
    shutdown(client, Int32(SHUT_RDWR))
    shutdown(server, Int32(SHUT_RDWR))
  }
}
