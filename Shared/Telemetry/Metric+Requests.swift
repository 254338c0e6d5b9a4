/// Bounds of what a call takes, in seconds: from a cache hit to the longest deadline that is reasonable.
private let callSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/// The ledger of a process, which admits what is asked of it and keeps account: `kind` is questions, images or generations.
extension Metric {
  /// received = accepted + refused
  public static let requestsReceived = Metric(
    "llava_requests_received_total", .counter, by: ["kind"], "What was asked, accepted or not.")
  public static let requestsAccepted = Metric(
    "llava_requests_accepted_total", .counter, by: ["kind"], "What was admitted.")
  /// accepted = completed + failed + cancelled + in progress; `outcome` is also refused.
  public static let requests = Metric(
    "llava_requests_total", .counter, by: ["kind", "outcome"], "What became of what was asked.")
  public static let requestsInProgress = Metric(
    "llava_requests_in_progress", .gauge, by: ["kind"], "What was admitted and has not ended.")
  public static let requestLimit = Metric(
    "llava_requests_limit", .gauge, by: ["kind"], "What may be in progress at once; more is refused.")
  public static let requestSeconds = Metric(
    "llava_request_seconds", .histogram(bounds: callSeconds), by: ["kind"],
    "From admission to the end, of what was admitted.")
}

/// The wire.
extension Metric {
  /// `direction` is sent or received.
  public static let transportFrames = Metric(
    "llava_transport_frames_total", .counter, by: ["direction"], "Frames, of all links together.")
  public static let transportBytes = Metric(
    "llava_transport_bytes_total", .counter, by: ["direction"], "Bytes of frames, headers included.")
  public static let transportLinks = Metric("llava_transport_links", .gauge, "Links that are open.")
}
