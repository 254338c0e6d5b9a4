import Concurrency
import Scheduling
import Telemetry

extension DecoderEngine {
  /// As a scrape has it.
  var samples: [Sample] {
    state.withLock { state in
      let blocks = state.scheduler.blockCounts
      return [
        Metric.decoderStreams.sample(state.scheduler.waitingCount, "waiting"),
        Metric.decoderStreams.sample(state.scheduler.runningCount, "running"),
        Metric.decoderBlocks.sample(blocks.free, "free"), Metric.decoderBlocks.sample(blocks.cached, "cached"),
        Metric.decoderBlocks.sample(blocks.referenced, "referenced"), Metric.decoderBlocksTotal.sample(blocks.total),
        Metric.decoderTokens.sample(state.tokenCount), Metric.decoderPrefillTokens.sample(state.prefillTokenCount),
        Metric.decoderCachedTokens.sample(state.cachedTokenCount),
        Metric.decoderDraftedTokens.sample(state.draftedTokenCount),
        Metric.decoderAcceptedTokens.sample(state.acceptedTokenCount),
        Metric.decoderKeptBlocks.sample(state.keptBlockCount),
        Metric.decoderRestoredBlocks.sample(state.restoredBlockCount),
      ]
    }
  }
}
