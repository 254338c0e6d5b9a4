import Concurrency
import Contracts
import Logging
import Members
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
  let options: GatewayOptions
  let queue: SlotQueue
  let retries: Lock<RetryBudget>
  let tally = Lock(FleetTally())
  let clock: any MonotonicClock
  let visionRoster: Roster
  let decoderRoster: Roster
  private let visionPeers = Fleet.peers()
  private let decoderPeers = Fleet.peers()
  let precisions = Lock(PrecisionChoice())

  init(
    _ options: GatewayOptions, over transport: any Transport, resolver: any Resolving, clock: any MonotonicClock,
    logger: Logger
  ) {
    self.options = options
    self.clock = clock
    let queue = SlotQueue()
    self.queue = queue
    retries = Lock(RetryBudget())
    func roster(of role: Role, at endpoints: [Endpoint], comparing peers: Peers) -> Roster {
      // Who waits for a place looks again, at whatever happens.
      Roster(
        of: role, at: endpoints, resolver: resolver, clock: clock, logger: logger,
        worker: { address, changed in
          Worker(
            role, at: address, among: peers, over: transport, clock: clock, logger: logger, changed: changed)
        }, changed: { queue.wakeAll() })
    }
    visionRoster = roster(of: .vision, at: options.vision, comparing: visionPeers)
    decoderRoster = roster(of: .decoder, at: options.decoders, comparing: decoderPeers)
  }

  private static func peers() -> Peers { Lock(OutlierEjection { $0 + $1 }) }

  var vision: [Worker] { visionRoster.workers }
  var decoders: [Worker] { decoderRoster.workers }

  /// `released` hears of workers that have left and have nothing more to do.
  func run(released: @escaping @Sendable (Address) -> Void) async {
    await withDiscardingTaskGroup { group in
      for roster in [visionRoster, decoderRoster] { group.addTask { await roster.run(released: released) } }
    }
  }

  // MARK: Models

  /// Why no question can be answered now, or nothing.
  var absence: ServiceError? {
    do throws(ServiceError) {
      let cards = servedCards
      guard let card = cards.first else { throw Self.nobody("decoder", among: decoders) }
      _ = try usableVision(for: model(of: card))
      return nil
    } catch {
      return error
    }
  }

  func model(named name: String?) throws(ServiceError) -> Model {
    let cards = servedCards
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

  private var servedCards: [ModelCard] { decoders.filter(\.isOnDuty).compactMap(\.card) }

  private func model(of card: ModelCard) -> Model {
    let encoders = vision.filter(\.isOnDuty).compactMap(\.card).filter {
      $0.name == card.name && card.mismatch(with: $0) == nil
    }
    return Model(
      card: card, precision: precisions.withLock { $0.choose(for: card.name, among: encoders.map(\.precision)) })
  }

  static func nobody(_ role: String, among workers: [Worker]) -> ServiceError {
    // One that is connected and rests has failed.
    let reasons = workers.compactMap { $0.absence ?? ($0.isAdmitted ? nil : $0.lastFailure) }
    let isDrained = workers.contains { $0.card != nil && !$0.isOnDuty }
    let reason =
      reasons.last?.message
      ?? (isDrained ? "who is here is being drained" : "no address is configured or none has answered yet")
    let count = workers.count { $0.card != nil && $0.isOnDuty && $0.isAdmitted }
    return ServiceError(
      .unavailable, "no \(role) is ready (\(count) of \(workers.count): \(reason))", retryAfter: .seconds(1))
  }

  // MARK: Decoders

  /// Takes a place at the decoder that keeps the KV of what `key` names, unless it has far more to do than the others.
  /// One that goes on with an answer has to compute by the same `arithmetic`; nothing where none has begun.
  func takeDecoder(
    of model: Model, for key: [UInt8], except lost: Set<Address>, computing arithmetic: [UInt8]? = nil
  ) throws(ServiceError) -> Worker {
    var able = admitted(
      decoders.filter { decoder in
        guard decoder.isOnDuty, let card = decoder.card, card.name == model.card.name else { return false }
        return arithmetic.map { !$0.isEmpty && $0 == card.arithmetic } ?? true
      }, comparing: decoderPeers, except: lost)
    while let index = BoundedLoad().choose(
      key: key, nodes: able.map { BoundedLoad.Node(name: "\($0.address)", load: $0.inFlight) })
    {
      // Another question may have been the one that probes it, meanwhile.
      guard able[index].take() == nil else { return able[index] }
      able.remove(at: index)
    }
    throw Self.nobody("decoder", among: decoders)
  }

  /// Those of `workers`, which can all do the same, that may be given work now. Who is far behind its peers is left out
  /// while there are others.
  private func admitted(_ workers: [Worker], comparing peers: Peers, except failed: Set<Address>) -> [Worker] {
    let now = clock.now
    let ejected = peers.withLock { $0.ejected(among: workers.map(\.address), at: now) }
    let able = workers.filter { $0.isAdmitted && !failed.contains($0.address) }
    let fit = able.filter { !ejected.contains($0.address) }
    return fit.isEmpty ? able : fit
  }

  // MARK: Vision workers

  /// The vision workers that may be given work now; none where all have just failed.
  func ableVision(for model: Model, except failed: Set<Address>) throws(ServiceError) -> [Worker] {
    admitted(try usableVision(for: model), comparing: visionPeers, except: failed)
  }

  /// The connected vision workers whose features the model understands.
  func usableVision(for model: Model) throws(ServiceError) -> [Worker] {
    let named = vision.filter { $0.isOnDuty && $0.card?.name == model.card.name }
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

  // MARK: Administration

  /// Gives a worker nothing new, or gives it work again; what it has it finishes. Throws where there is none.
  func drain(_ address: String, undo: Bool) throws(ServiceError) -> WorkerStatus {
    let workers = vision + decoders
    guard let worker = workers.first(where: { "\($0.address)" == address }) else {
      let known = workers.map { "\($0.address)" }.joined(separator: ", ")
      throw ServiceError(.notFound, "no worker at '\(address)'; there is \(known.isEmpty ? "none" : known)")
    }
    worker.drain(!undo)
    queue.wakeAll()
    return worker.status
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
    guard worker.role == .vision, worker.isOnDuty, let card = worker.card else { return status }
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
    case .invalidRequest, .unauthenticated, .permissionDenied, .notFound, .tooLarge, .unsupportedImage, .limitReached,
      .cancelled,
      .deadlineExceeded:
      false
    }
  }
}
