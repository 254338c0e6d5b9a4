import Routing
import Telemetry

/// Work that was given twice.
struct FleetTally: Sendable {
  var visionRetryCount = 0
  var decoderRetryCount = 0
  var hedgeCount = 0
}

extension Fleet {
  /// As a scrape has it.
  var samples: [Sample] {
    let tally = tally.withLock { $0 }
    let loads = vision.map(\.load)
    let waitingCount = queue.count
    return workerSamples + [
      Metric.retries.sample(tally.visionRetryCount, "vision"),
      Metric.retries.sample(tally.decoderRetryCount, "decoder"), Metric.hedges.sample(tally.hedgeCount),
      Metric.visionQueue.sample(waitingCount),
      Metric.visionEncodeSecondsWaiting.sample(Backlog.seconds(waitingCount: waitingCount, loads: loads)),
      Metric.workInFlight.sample(loads.reduce(0) { $0 + $1.inFlight }, "vision"),
      Metric.workInFlight.sample(decoders.reduce(0) { $0 + $1.inFlight }, "decoder"),
    ]
  }

  /// Workers by role and state. A state without any is said too, so that an alert sees it go to 0.
  private var workerSamples: [Sample] {
    (vision + decoders).flatMap { worker in
      let status = worker.status
      return Worker.Condition.allCases.map { state in
        Metric.workers.sample(status.state == state.rawValue ? 1 : 0, "\(worker.role)", state.rawValue)
      }
    }
  }
}

extension FeatureStore {
  /// As a scrape has it, under the name of what is stored.
  func samples(of cache: String) -> [Sample] {
    let counts = counts
    return [
      Metric.cacheHits.sample(counts.hits, cache), Metric.cacheMisses.sample(counts.misses, cache),
      Metric.cacheJoins.sample(counts.joins, cache), Metric.cacheEvictions.sample(counts.evictions, cache),
      Metric.cacheFlights.sample(counts.flights, cache), Metric.cacheEntries.sample(counts.entries, cache),
      Metric.cacheBytes.sample(counts.bytes, cache), Metric.cacheLimitBytes.sample(counts.byteLimit, cache),
    ]
  }
}

extension ByteBudget {
  /// As a scrape has it.
  var samples: [Sample] {
    [Metric.uploadBytes.sample(byteCount), Metric.uploadLimitBytes.sample(limit)]
  }
}
