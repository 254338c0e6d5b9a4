/// What every process says of itself, under the names that Prometheus' own clients use.
extension Metric {
  public static let build = Metric("llava_build_info", .gauge, by: ["program", "version"], "1, for the labels' sake.")
  public static let ready = Metric("llava_ready", .gauge, "1 while work would be taken, else 0.")
  public static let startTime = Metric(
    "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
  public static let cpuSeconds = Metric("process_cpu_seconds_total", .counter, "Time on CPUs, of user and system.")
  public static let residentBytes = Metric("process_resident_memory_bytes", .gauge, "Memory in use.")
  public static let openDescriptors = Metric("process_open_fds", .gauge, "Open file descriptors.")
  public static let descriptorLimit = Metric("process_max_fds", .gauge, "How many there may be.")
  public static let refusedSeries = Metric(
    "llava_metrics_refused_total", .counter, "Series that were not kept, since there were too many or they clashed.")

  /// Every name there is.
  public static let all: [Metric] = [
    build, ready, startTime, cpuSeconds, residentBytes, openDescriptors, descriptorLimit, refusedSeries,
    requestsReceived, requestsAccepted, requests, requestsInProgress, requestLimit, requestSeconds,
    transportFrames, transportBytes, transportLinks,
    firstTokenSeconds, uploadBytes, uploadLimitBytes, workers, visionEncodeSecondsWaiting, visionQueue, workInFlight,
    retries, hedges,
    cacheHits, cacheMisses, cacheJoins, cacheEvictions, cacheFlights, cacheEntries, cacheBytes, cacheLimitBytes,
    tierEvents, tierSeconds,
    visionEncodeSeconds, visionPrepareSeconds, visionViews, visionViewsWaiting,
    decoderStepSeconds, decoderTokens, decoderPrefillTokens, decoderCachedTokens, decoderDraftedTokens,
    decoderAcceptedTokens, decoderStreams, decoderBlocks, decoderBlocksTotal, decoderKeptBlocks, decoderRestoredBlocks,
  ]
}
