public import Concurrency

/// Answers calls at any number of addresses.
public final class Server: Sendable {
  /// Peers at once: descriptors are 1,024 by default, and other files need some.
  public static let connectionLimit = 512

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
          let connection = Connection(.server, over: link, clock: clock, limits: limits)
          guard let number = admit(connection) else {
            link.close()
            continue
          }
          group.addTask {
            _ = await connection.run(hello: self.hello(), greet: self.greet, answering: self.handler)
            self.connections.withLock { $0.open[number] = nil }
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

  private func admit(_ connection: Connection) -> Int? {
    connections.withLock { connections in
      guard connections.open.count < Self.connectionLimit else { return nil }
      connections.nextNumber += 1
      connections.open[connections.nextNumber] = connection
      return connections.nextNumber
    }
  }

  /// Refuses new calls, and returns when every call in progress has ended and its peer has heard the end.
  public func drain() async {
    await withTaskGroup(of: Void.self) { group in
      for connection in connections.withLock({ $0.inOrder }) { group.addTask { await connection.drain() } }
    }
  }

  /// Peers that are connected now.
  public var peerCount: Int { connections.withLock { $0.open.count } }
}
