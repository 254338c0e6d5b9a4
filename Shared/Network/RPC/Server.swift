public import Concurrency

/// Answers calls at any number of addresses.
public final class Server: Sendable {
  private let clock: any MonotonicClock
  private let limits: Limits
  private let hello: @Sendable () -> [UInt8]
  private let greet: @Sendable ([UInt8]) throws(ServiceError) -> Void
  private let handler: any CallHandler
  private let connections = Lock(Connections())

  /// By number of arrival, so that whatever is done to all is done in one order.
  private struct Connections {
    var open: [Int: Connection] = [:]
    var nextNumber = 0
    var refusedCount = 0
    var isDraining = false

    var inOrder: [Connection] { open.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// `greet` refuses a peer by throwing; it is told why.
  public init(
    clock: any MonotonicClock, limits: Limits = Limits(), hello: @escaping @Sendable () -> [UInt8],
    greet: @escaping @Sendable ([UInt8]) throws(ServiceError) -> Void, handler: any CallHandler
  ) {
    self.clock = clock
    self.limits = limits
    self.hello = hello
    self.greet = greet
    self.handler = handler
  }

  /// Serves until the task is cancelled or the listener closes.
  public func run(on listener: any Listener) async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        while let link = await listener.accept() {
          let connection = Connection(.server, over: link, at: listener.address, clock: clock, limits: limits)
          switch admit(connection) {
          case .serve(let number):
            group.addTask {
              _ = await connection.run(hello: self.hello(), greet: self.greet, answering: self.handler)
              self.connections.withLock { $0.open[number] = nil }
            }
          case .refuse(let error):
            group.addTask {
              _ = await connection.run(hello: [], greet: { _ throws(ServiceError) in throw error }, answering: nil)
              self.connections.withLock { $0.refusedCount -= 1 }
            }
          case .ignore: link.close()
          }
        }
        group.cancelAll()
      }
    } onCancel: {
      for connection in connections.withLock({ $0.inOrder }) {
        connection.close(ServiceError(.unavailable, "the server has stopped"))
      }
    }
    await listener.close()
  }

  private enum Admission { case serve(number: Int), refuse(ServiceError), ignore }

  private func admit(_ connection: Connection) -> Admission {
    connections.withLock { connections in
      guard !connections.isDraining, connections.open.count < limits.connectionCount else {
        guard connections.refusedCount < limits.refusedConnectionCount else { return .ignore }
        connections.refusedCount += 1
        return .refuse(
          connections.isDraining
            ? ServiceError(.unavailable, "shutting down: no new connections are taken")
            : ServiceError(.overloaded, "\(limits.connectionCount) peers are already connected"))
      }
      connections.nextNumber += 1
      connections.open[connections.nextNumber] = connection
      return .serve(number: connections.nextNumber)
    }
  }

  /// Refuses new calls and peers, and returns when every call in progress has ended and its peer has heard the end.
  public func drain() async {
    await withTaskGroup(of: Void.self) { group in
      let open = connections.withLock { connections in
        connections.isDraining = true
        return connections.inOrder
      }
      for connection in open { group.addTask { await connection.drain() } }
    }
  }

  /// Peers that are connected now.
  public var peerCount: Int { connections.withLock { $0.open.count } }
}
