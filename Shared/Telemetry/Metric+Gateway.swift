/// The gateway.
extension Metric {
  public static let firstTokenSeconds = Metric(
    "llava_first_token_seconds",
    .histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]),
    "From a question's admission to the first token of its answer.")
  public static let uploadBytes = Metric(
    "llava_upload_bytes", .gauge, "Image files, pixels and features that are held for questions.")
  public static let uploadLimitBytes = Metric(
    "llava_upload_limit_bytes", .gauge, "What they may take; questions beyond are refused.")

  /// `state` is as in `llava status`: ready, suspect, resting, probing, ejected, connecting, refused, draining or drained.
  public static let workers = Metric(
    "llava_workers", .gauge, by: ["role", "state"], "Workers as this gateway sees them.")
  /// Images and views, of all vision workers and whoever waits for them, times what one takes: what a fleet is scaled by.
  public static let visionEncodeSecondsWaiting = Metric(
    "llava_vision_encode_seconds_waiting", .gauge, "Seconds of encoding, by one worker, that are waited for.")
  public static let visionQueue = Metric(
    "llava_vision_queue_waiting", .gauge, "Images and views that no vision worker has a place for yet.")
  public static let workInFlight = Metric(
    "llava_workers_in_flight", .gauge, by: ["role"], "Pieces of work that workers have.")
  public static let retries = Metric(
    "llava_retries_total", .counter, by: ["role"], "Work that was given to another worker since one was lost.")
  public static let hedges = Metric(
    "llava_hedges_total", .counter, "Images and views that were given to a second worker since the first was late.")
}

/// What the gateway keeps: `cache` is features, or pictures that are decoded and not yet encoded.
extension Metric {
  public static let cacheHits = Metric(
    "llava_feature_cache_hits_total", .counter, by: ["cache"], "Entries that were there.")
  public static let cacheMisses = Metric(
    "llava_feature_cache_misses_total", .counter, by: ["cache"], "Entries that somebody had to fetch.")
  public static let cacheJoins = Metric(
    "llava_feature_cache_joins_total", .counter, by: ["cache"], "Entries that somebody else was fetching already.")
  public static let cacheEvictions = Metric(
    "llava_feature_cache_evictions_total", .counter, by: ["cache"], "Entries that made room.")
  public static let cacheFlights = Metric(
    "llava_feature_cache_flights", .gauge, by: ["cache"], "Entries that are being fetched.")
  public static let cacheEntries = Metric(
    "llava_feature_cache_entries", .gauge, by: ["cache"], "Entries that are kept.")
  public static let cacheBytes = Metric("llava_feature_cache_bytes", .gauge, by: ["cache"], "What they take.")
  public static let cacheLimitBytes = Metric(
    "llava_feature_cache_limit_bytes", .gauge, by: ["cache"], "What they may take.")

  public static let tierEvents = Metric(
    "llava_feature_store_events_total", .counter, by: ["tier", "event"],
    "Hits, misses, writes and all else that happened to features on the disk, or in the store of all gateways.")
  public static let tierSeconds = Metric(
    "llava_feature_store_seconds",
    .histogram(bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]),
    by: ["tier", "operation"], "Calls there that were answered.")
}
