import Scheduling

/// Rows of pictures outlive memory and process: blocks are written to a store once a picture has been computed, and come back
/// when it is asked about again.
extension DecoderEngine {
  /// Writes what waits for it, until the task is cancelled.
  func keepPrefixes() async {
    guard let kept else { return }
    // What fails is the store's to report: it is computed again.
    while let key = try? await kept.queue.next() { try? await keep(key, in: kept) }
  }

  private func keep(_ key: PrefixKey, in kept: KeptPrefixes) async throws {
    guard try await !kept.disk.run({ kept.store.contains(key) }), let bytes = try await rows(behind: key),
      try await kept.disk.run({ kept.store.write(key, bytes) })
    else { return }
    state.withLock { $0.keptBlockCount += 1 }
  }

  /// Nothing where the block has gone. It is copied between steps, as nobody computes then.
  private func rows(behind key: PrefixKey) async throws -> [UInt8]? {
    // In one piece: apart, Swift 6.3.1 gives the function around it less memory than it writes to.
    try await inference.run { [self] in
      guard let block = state.withLock({ $0.scheduler.lend(key) }) else { return nil }
      defer { giveBack { $0.giveBack(block) } }
      return model.cache.bytes(of: Int32(block))
    }
  }

  /// Fills fresh blocks with what the store has of the prompt's pictures and is not here: as many as lie before the end of
  /// one of them. What cannot be read is computed. One prompt at a time, so that two about one picture read it once.
  func bringBack(_ prompt: PromptShape) async throws {
    guard let kept else { return }
    try await kept.disk.run { [self] in
      for image in prompt.images.reversed() {
        let absent = state.withLock { $0.scheduler.absentBoundaries(of: prompt, through: image.upperBound) }
        guard let end = absent.last else { return }
        guard kept.store.contains(end.key) else { continue }
        guard let blocks = state.withLock({ $0.scheduler.lendFresh(absent.count) }) else { return }
        let whole = kept.store.fill(blocks, of: model.cache, behind: absent.map(\.key))
        state.withLock { $0.restoredBlockCount += whole }
        return giveBack { $0.adopt(blocks, as: absent.prefix(whole)) }
      }
    }
  }

  /// Blocks that come back may be what the next in line waits for.
  private func giveBack(_ change: (inout Scheduler) -> Void) {
    state.withLock { change(&$0.scheduler) }
    arrival.raise()
  }
}
