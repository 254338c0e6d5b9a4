import Concurrency
import Contracts
import Logging
import RPC
import Routing

/// A model that is served: by the decoders of its name, with the vision workers whose features they understand.
struct Model: Sendable {
  /// As its decoders have it.
  let card: ModelCard
  /// What its images are encoded in now. Features of different precisions are never mixed.
  let precision: String
}

/// The workers, and the choice among them.
final class Fleet: Sendable {
  let vision: [Worker]
  let decoders: [Worker]
  let options: GatewayOptions
  let queue: SlotQueue
  let retries: Lock<RetryBudget>
  let tally = Lock(FleetTally())
  let clock: any MonotonicClock
  private let precisions = Lock(PrecisionChoice())

  init(_ options: GatewayOptions, over transport: any Transport, clock: any MonotonicClock, logger: Logger) {
    self.options = options
    self.clock = clock
    let queue = SlotQueue()
    self.queue = queue
    retries = Lock(RetryBudget())
    vision = options.vision.map {
      Worker(.vision, at: $0, over: transport, clock: clock, logger: logger) { queue.wakeAll() }
    }
    decoders = options.decoders.map { Worker(.decoder, at: $0, over: transport, clock: clock, logger: logger) {} }
  }

  func run() async {
    await withDiscardingTaskGroup { group in
      for worker in vision + decoders { group.addTask { await worker.channel.run() } }
    }
  }

  // MARK: Models

  /// Why no question can be answered now, or nothing.
  var absence: ServiceError? {
    do throws(ServiceError) {
      let cards = decoders.compactMap(\.card)
      guard let card = cards.first else { throw Self.nobody("decoder", among: decoders) }
      _ = try usableVision(for: model(of: card))
      return nil
    } catch {
      return error
    }
  }

  func model(named name: String?) throws(ServiceError) -> Model {
    let cards = decoders.compactMap(\.card)
    let names = Set(cards.map(\.name)).sorted()
    guard !cards.isEmpty else { throw Self.nobody("decoder", among: decoders) }
    guard let name = name ?? (names.count == 1 ? names[0] : nil) else {
      throw ServiceError(.invalidRequest, "several models are served (\(names.joined(separator: ", "))): name one")
    }
    guard let card = cards.first(where: { $0.name == name }) else {
      throw ServiceError(.notFound, "no model '\(name)' is served; there is \(names.joined(separator: ", "))")
    }
    return model(of: card)
  }

  private func model(of card: ModelCard) -> Model {
    let encoders = vision.compactMap(\.card).filter { $0.name == card.name && card.mismatch(with: $0) == nil }
    return Model(
      card: card, precision: precisions.withLock { $0.choose(for: card.name, among: encoders.map(\.precision)) })
  }

  static func nobody(_ role: String, among workers: [Worker]) -> ServiceError {
    // One that is connected and rests has failed.
    let reasons = workers.compactMap { $0.absence ?? ($0.isAdmitted ? nil : $0.lastFailure) }
    let reason = reasons.last?.message ?? "no address is configured or none has answered yet"
    let count = workers.count { $0.card != nil && $0.isAdmitted }
    return ServiceError(
      .unavailable, "no \(role) is ready (\(count) of \(workers.count): \(reason))", retryAfter: .seconds(1))
  }

  // MARK: Decoders

  /// Takes a place at the decoder that keeps the KV of what `key` names, unless it has far more to do than the others.
  func takeDecoder(of model: Model, for key: [UInt8], except lost: Set<Address>) throws(ServiceError) -> Worker {
    let able = decoders.filter { $0.card?.name == model.card.name && $0.isAdmitted && !lost.contains($0.address) }
    let nodes = able.map { BoundedLoad.Node(name: "\($0.address)", load: $0.inFlight) }
    guard let index = BoundedLoad().choose(key: key, nodes: nodes), able[index].take() != nil else {
      throw Self.nobody("decoder", among: decoders)
    }
    return able[index]
  }

  // MARK: Vision workers

  /// The connected vision workers whose features the model understands.
  func usableVision(for model: Model) throws(ServiceError) -> [Worker] {
    let named = vision.filter { $0.card?.name == model.card.name }
    guard !named.isEmpty else { throw Self.nobody("vision worker", among: vision) }
    let matching = named.filter { $0.card.flatMap(model.card.mismatch) == nil }
    guard !matching.isEmpty else {
      let reason = named[0].card.flatMap(model.card.mismatch) ?? "it left"
      throw ServiceError(
        .incompatible,
        "model '\(model.card.name)': the vision worker \(named[0].address) does not fit its decoder: \(reason)")
    }
    let equal = matching.filter { $0.card?.precision == model.precision }
    guard !equal.isEmpty else {
      throw ServiceError(
        .unavailable, "the vision workers that encode '\(model.card.name)' in \(model.precision) have left: ask again",
        retryAfter: .seconds(1))
    }
    return equal
  }

  // MARK: Status

  /// All workers, with the numbers that they report of themselves within a second.
  func status(at now: Instant, trace: TraceID) async -> [WorkerStatus] {
    await withTaskGroup(of: (Int, WorkerStatus).self) { group in
      for (index, worker) in (vision + decoders).enumerated() {
        group.addTask {
          var status = worker.status
          let context = CallContext(deadline: now + .seconds(1), trace: trace)
          // One that does not answer is shown without its numbers.
          if worker.card != nil, let health = try? await HealthClient(worker.channel).health(in: context) {
            status.gauges = health.gauges
          }
          return (index, self.explained(status, worker))
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// A vision worker that fits no decoder of its model is connected and yet of no use.
  private func explained(_ status: WorkerStatus, _ worker: Worker) -> WorkerStatus {
    guard worker.role == .vision, let card = worker.card else { return status }
    let mismatches = decoders.compactMap { decoder in
      decoder.card.flatMap { $0.name == card.name ? $0.mismatch(with: card) : nil }
    }
    let chosen = precisions.withLock { $0.current[card.name] }
    let isIdle = chosen.map { $0 != card.precision } ?? false
    guard let reason = mismatches.first ?? (isIdle ? "images are encoded in \(chosen ?? "") now" : nil) else {
      return status
    }
    var status = status
    (status.state, status.reason) = (mismatches.isEmpty ? "idle" : "incompatible", reason)
    return status
  }
}

extension ServiceError {
  /// Whether another worker might do better: the request itself was fine.
  var isTheWorkers: Bool {
    switch code {
    case .unavailable, .overloaded, .internalFailure, .incompatible: true
    case .invalidRequest, .unauthenticated, .notFound, .tooLarge, .unsupportedImage, .limitReached, .cancelled,
      .deadlineExceeded:
      false
    }
  }
}
