import Concurrency
import Contracts
import RPC
import Routing

extension Fleet {
  /// Has an image of one view decoded and encoded.
  func encode(_ sight: Sight, for model: Model, _ journey: Journey) async throws -> SeenView {
    let (image, worker) = try await onVision(for: model, "encode", journey) { client in
      try await client.encode(sight.file.bytes, sight.encodeRequest, in: journey.context)
    }
    guard image.views.count == 1 else {
      throw ServiceError(.internalFailure, "\(worker): expected one view, found \(image.views.count)")
    }
    return SeenView(features: image.views[0], timings: image.timings, worker: worker)
  }

  /// Has an image decoded and cut into its views.
  func prepare(_ sight: Sight, for model: Model, _ journey: Journey) async throws -> PreparedViews {
    try await onVision(for: model, "decode", isMeasured: false, journey) { client in
      try await client.prepare(
        sight.file.bytes, sight.prepareRequest, viewCount: sight.plan.views.count, in: journey.context)
    }.result
  }

  /// Has one view encoded.
  func encode(_ view: PreparedView, of sight: Sight, for model: Model, _ journey: Journey) async throws -> SeenView {
    let (encoded, worker) = try await onVision(for: model, "encode", journey) { client in
      try await client.encode(view, element: sight.element, pixels: sight.pixels, in: journey.context)
    }
    return SeenView(features: encoded.features, timings: encoded.timings, worker: worker)
  }

  /// A place at a worker, and which in its line, from 1 on.
  private typealias Place = (worker: Worker, number: Int)
  private typealias Work<Result> = @Sendable (VisionClient) async throws -> Result

  /// Has a vision worker do a piece of work; another one where it is lost, within what the budget of retries allows.
  private func onVision<Result: Sendable>(
    for model: Model, _ stage: String, isMeasured: Bool = true, _ journey: Journey, _ work: @escaping Work<Result>
  ) async throws -> (result: Result, worker: String) {
    retries.withLock { $0.attempt() }
    var failed: Set<Address> = []
    while true {
      await journey.enter("waiting for a vision worker")
      let place = try await takeVision(for: model, except: failed, by: journey.context.deadline)
      await journey.enter("\(stage) on \(place.worker.address)")
      let outcome = await hedged(at: place, for: model, except: failed, isMeasured: isMeasured, work)
      // Never the same ones again: a worker that was just lost may still look connected.
      failed.formUnion(outcome.failures.map(\.worker))
      if let (result, worker) = outcome.success { return (result, "\(worker)") }
      let errors = outcome.failures.map(\.error)
      guard let error = errors.first(where: { !ServiceError($0).isTheWorkers }) ?? errors.first else {
        throw CancellationError()
      }
      guard ServiceError(error).isTheWorkers, failed.count < options.encodeAttempts, !Task.isCancelled,
        hasVision(for: model, except: failed), retries.withLock({ $0.mayRetry() })
      else { throw error }
      tally.withLock { $0.visionRetryCount += 1 }
    }
  }

  /// What became of a piece of work on the workers that it was given to.
  private struct Outcome<Result: Sendable>: Sendable {
    var success: (result: Result, worker: Address)?
    /// In the order in which they came.
    var failures: [(worker: Address, error: any Error)] = []
  }

  private enum Event<Result: Sendable>: Sendable {
    case done(Result, Address)
    case failed(any Error, Address)
    /// The first worker takes much longer than such work takes.
    case late
  }

  /// At a place that was taken; where that is late, in one at another worker besides. What is done first
  /// counts, and the other is cancelled.
  private func hedged<Result: Sendable>(
    at place: Place, for model: Model, except failed: Set<Address>, isMeasured: Bool, _ work: @escaping Work<Result>
  ) async -> Outcome<Result> {
    let known = place.worker.load.meanSeconds ?? vision.compactMap(\.load.meanSeconds).min()
    return await withTaskGroup(of: Event<Result>.self) { group in
      func give(to place: Place) {
        group.addTask {
          do {
            return .done(
              try await self.serve(at: place, for: model, isMeasured: isMeasured, work), place.worker.address)
          } catch {
            return .failed(error, place.worker.address)
          }
        }
      }
      give(to: place)
      if isMeasured, let known {
        group.addTask {
          await self.lateness(of: place, taking: known)
          return .late
        }
      }
      var outcome = Outcome<Result>()
      var inFlight = 1
      for await event in group {
        switch event {
        case .done(let result, let address):
          outcome.success = (result, address)
          inFlight = 0
        case .failed(let error, let address):
          outcome.failures.append((address, error))
          inFlight -= 1
        case .late:
          guard !Task.isCancelled,
            let second = takeIdleVision(for: model, except: failed.union([place.worker.address]))
          else { continue }
          tally.withLock { $0.hedgeCount += 1 }
          give(to: second)
          inFlight += 1
        }
        if inFlight == 0 { break }
      }
      group.cancelAll()
      return outcome
    }
  }

  /// Returns when work at a place that was taken just now is late, or the task is cancelled.
  private func lateness(of place: Place, taking meanSeconds: Double) async {
    let (given, servedBefore) = (clock.now, place.worker.servedCount)
    var line = 0
    // What was sent after it may be done before it: then it stands behind that.
    while case let next = max(place.number, place.worker.servedCount - servedBefore + 1), next > line {
      line = next
      let patience = Hedge.patience(meanSeconds: meanSeconds, place: line)
      guard (try? await clock.sleep(until: given + patience)) != nil else { return }
    }
  }

  private func serve<Result: Sendable>(
    at place: Place, for model: Model, isMeasured: Bool, _ work: Work<Result>
  ) async throws -> Result {
    defer { queue.freed(place.worker.address) }
    return try await place.worker.serving(isMeasured: isMeasured) {
      try await work(VisionClient(place.worker.channel, contract: model.card.contract))
    }
  }

  /// Takes a place for a second try where there is one now and the budget of retries allows it.
  private func takeIdleVision(for model: Model, except busy: Set<Address>) -> Place? {
    let able = (try? ableVision(for: model, except: busy)) ?? []  // without any there is nobody to hedge with
    let limit = options.imagesPerVisionWorker
    guard case .assign(let index) = LeastOutstanding(limit: limit).choose(able.map(\.load)),
      retries.withLock({ $0.mayRetry() }), let number = able[index].take(limit: limit)
    else { return nil }
    return (able[index], number)
  }

  private func hasVision(for model: Model, except failed: Set<Address>) -> Bool {
    let able = try? ableVision(for: model, except: failed)  // an absence is a no
    return able?.isEmpty == false
  }

  /// Waits until a vision worker may take one more image or view, and takes the place; throws at once where it would not
  /// be encoded by the deadline.
  private func takeVision(
    for model: Model, except failed: Set<Address>, by deadline: Instant
  ) async throws -> Place {
    let ticket = queue.ticket()
    var isNew = true
    // Whose place this one was told of, and is for the next in line where it does not take it.
    var freed: Address?
    do {
      while true {
        let generation = queue.generation
        let able = try ableVision(for: model, except: failed)
        switch LeastOutstanding(limit: options.imagesPerVisionWorker).choose(able.map(\.load)) {
        case .assign(let index):
          let worker = able[index]
          guard let number = worker.take(limit: options.imagesPerVisionWorker) else { continue }
          if let freed, freed != worker.address { queue.freed(freed) }
          return (worker, number)
        case .wait:
          let workers = Set(able.map(\.address))
          if isNew { try join(behind: queue.count(waitingFor: workers), able, by: deadline) }
          isNew = false
          freed = nil
          freed = try await queue.wait(ticket, for: workers, after: generation)
        case .none:
          let reason = vision.compactMap { $0.lastFailure?.message }.last ?? "unknown"
          throw ServiceError(
            .unavailable, "every vision worker of '\(model.card.name)' has just failed; the last reason: \(reason)",
            retryAfter: .seconds(1))
        }
      }
    } catch {
      // What leaves this one without a worker is news to the others too.
      if freed != nil { queue.wakeAll() }
      throw error
    }
  }

  /// A forecast leaves room for views that take longer than others did, and for what comes after the encode.
  private static let margin = 1.5

  /// Throws where who comes last in this line would not be encoded by the deadline: it would be encoded for nobody, and
  /// those behind it would come too late as well.
  private func join(behind waitingCount: Int, _ able: [Worker], by deadline: Instant) throws(ServiceError) {
    guard let wait = Backlog.wait(behind: waitingCount, loads: able.map(\.load)) else { return }
    let left = deadline - clock.now
    guard wait * Self.margin > left else { return }
    throw ServiceError(
      .overloaded,
      "\(waitingCount) images or views wait for a vision worker: this one would be encoded in \(wait), and its "
        + "deadline is in \(left)", retryAfter: max(.seconds(1), wait * Self.margin - left))
  }
}
