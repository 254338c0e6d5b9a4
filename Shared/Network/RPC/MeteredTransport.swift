import Concurrency

/// What has gone over all links of a transport.
public struct Traffic: Equatable, Sendable {
  public var sentFrameCount = 0
  public var sentByteCount = 0
  public var receivedFrameCount = 0
  public var receivedByteCount = 0
  /// Open now.
  public var linkCount = 0

  public init() {}
}

/// Another transport, whose frames are counted as they pass.
public final class MeteredTransport: Transport {
  private let transport: any Transport
  private let meter = Meter()

  public init(_ transport: any Transport) { self.transport = transport }

  public var traffic: Traffic { meter.traffic.withLock { $0 } }

  public func connect(to address: Address) async throws -> any Link {
    MeteredLink(try await transport.connect(to: address), meter)
  }

  public func listen(at address: Address) async throws -> any Listener {
    MeteredListener(listener: try await transport.listen(at: address), meter: meter)
  }
}

private final class Meter: Sendable {
  let traffic = Lock(Traffic())
}

private struct MeteredListener: Listener {
  let listener: any Listener
  let meter: Meter

  var address: Address { listener.address }
  func accept() async -> (any Link)? { await listener.accept().map { MeteredLink($0, meter) } }
  func close() async { await listener.close() }
}

private final class MeteredLink: Link {
  private let link: any Link
  private let meter: Meter

  init(_ link: any Link, _ meter: Meter) {
    self.link = link
    self.meter = meter
    meter.traffic.withLock { $0.linkCount += 1 }
  }

  deinit { meter.traffic.withLock { $0.linkCount -= 1 } }

  var peer: String { link.peer }

  func send(_ frame: Frame) {
    meter.traffic.withLock { traffic in
      traffic.sentFrameCount += 1
      traffic.sentByteCount += frame.byteCount
    }
    link.send(frame)
  }

  func receive() async -> Frame? {
    guard let frame = await link.receive() else { return nil }
    meter.traffic.withLock { traffic in
      traffic.receivedFrameCount += 1
      traffic.receivedByteCount += frame.byteCount
    }
    return frame
  }

  func close() { link.close() }
}
