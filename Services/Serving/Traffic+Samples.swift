public import RPC
public import Telemetry

extension Traffic {
  /// As a scrape has it.
  public var samples: [Sample] {
    [
      Metric.transportFrames.sample(sentFrameCount, "sent"),
      Metric.transportFrames.sample(receivedFrameCount, "received"),
      Metric.transportBytes.sample(sentByteCount, "sent"), Metric.transportBytes.sample(receivedByteCount, "received"),
      Metric.transportLinks.sample(linkCount),
    ]
  }
}
