import Concurrency
import Contracts
import FeatureTiers
import RPC
import Serving
import TilePlan

/// Gets the features of one image for a question: from the store, or from vision workers, several views at once.
///
/// An image of one view is decoded and encoded by one worker. One of several is prepared once, by one worker, and its
/// views go to whoever has least to do, so that losing a worker costs the views that it had and nothing else.
struct ViewFetch: Sendable {
  let sight: Sight
  let model: Model
  let store: FeatureStore<SeenView>
  let preparations: FeatureStore<PreparedViews>
  let tier: SecondTier?
  let fleet: Fleet
  let journey: Journey
  let clock: any MonotonicClock
  /// What the image was decoded in, where that was for this question.
  private let decoding = Lock<[Timing]>([])

  init(
    _ sight: Sight, for model: Model, store: FeatureStore<SeenView>, preparations: FeatureStore<PreparedViews>,
    tier: SecondTier?, fleet: Fleet, journey: Journey, clock: any MonotonicClock
  ) {
    self.sight = sight
    self.model = model
    self.store = store
    self.preparations = preparations
    self.tier = tier
    self.fleet = fleet
    self.journey = journey
    self.clock = clock
  }

  private typealias Found = (index: Int, view: SeenView, source: FeatureSource)

  /// Sends every view in its order, as soon as it and all before it are there. Throws `ForeignFailure` where one cannot be
  /// had, and what `send` throws.
  func send(by send: DecoderClient.SendView) async throws -> Sight.Seen {
    let started = clock.now
    let found = try await withThrowingTaskGroup(of: Found.self) { group in
      for index in sight.plan.views.indices { group.addTask { try await fetch(index) } }
      var arrived: [Int: Found] = [:]
      var sent: [(digest: [UInt8], view: SeenView, source: FeatureSource)] = []
      while let next = try await group.next() {
        arrived[next.index] = next
        while let found = arrived.removeValue(forKey: sent.count) {
          try await send(found.index, found.view.features)
          sent.append((found.view.features.digest, found.view, found.source))
        }
      }
      return sent
    }
    let sources = found.map(\.source)
    return Sight.Seen(
      digest: ViewFeatures.digest(of: found.map(\.digest)),
      source: [.encoded, .shared, .store, .disk].first(where: sources.contains) ?? .memory,
      workers: found.map(\.view.worker).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      timings: timings(found.map(\.view), from: sources, since: started))
  }

  private func fetch(_ index: Int) async throws -> Found {
    do {
      let (view, source) = try await entry(sight.key.view(index)) { try await encode(index) }
      return (index, view, source)
    } catch {
      throw ForeignFailure(cause: error)
    }
  }

  private func entry(
    _ key: FeatureKey, _ make: () async throws -> SeenView
  ) async throws -> (view: SeenView, source: FeatureSource) {
    let (view, source) = try await store.entry(key) {
      guard let tier else { return (try await make(), .encoded) }
      let coding = SeenView.coding(sight.element, model.card.contract)
      let (view, isFound) = try await tier.value(key.tierKey, coding, by: journey.context.deadline) { try await make() }
      return (view, isFound ? tier.source : .encoded)
    }
    return (view, source)
  }

  private func encode(_ index: Int) async throws -> SeenView {
    guard sight.plan.views.count > 1 else { return try await fleet.encode(sight, for: model, journey) }
    let prepared = try await preparations.entry(sight.key) {
      let prepared = try await fleet.prepare(sight, for: model, journey)
      decoding.withLock { $0 = prepared.timings }
      return (prepared, .encoded)
    }
    return try await fleet.encode(prepared.entry.views[index], of: sight, for: model, journey)
  }

  /// A single view's are its worker's own; several are encoded side by side, and what counts is how long all took. What
  /// comes from a tier has been fetched, and what is there already takes no time.
  private func timings(_ views: [SeenView], from sources: [FeatureSource], since started: Instant) -> [Timing] {
    let total = Int((clock.now - started).nanoseconds / 1000)
    guard sources.contains(.encoded) else {
      return sources.contains { $0 == .store || $0 == .disk } ? [Timing("fetch", microseconds: total)] : []
    }
    guard views.count > 1 else { return views[0].timings }
    let decoding = decoding.withLock { $0 }
    return decoding
      + [Timing("encode", microseconds: max(0, total - decoding.reduce(0) { $0 + $1.microseconds }))]
  }
}

/// What ended work on a worker without being the worker's failure: the features that it waited for could not be had, or
/// the client that it worked for no longer listens.
struct ForeignFailure: Error {
  let cause: any Error
}

extension SecondTier {
  fileprivate var source: FeatureSource {
    switch kind {
    case .disk: .disk
    case .store: .store
    }
  }
}
