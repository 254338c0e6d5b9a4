import Concurrency
public import Contracts
public import Members
public import RPC

extension Gateway {
  /// What a gateway takes up while it runs.
  public struct Configuration: Sendable {
    public var vision: [Endpoint]
    public var decoders: [Endpoint]
    /// What else has changed, by its key, and takes a restart.
    public var restartKeys: [String]

    public init(vision: [Endpoint], decoders: [Endpoint], restartKeys: [String] = []) {
      self.vision = vision
      self.decoders = decoders
      self.restartKeys = restartKeys
    }
  }

  /// Reads the configuration, and checks it; throws what is wrong with it.
  public typealias Reading = @Sendable () throws(ServiceError) -> Configuration

  /// Reads the configuration again and takes up its endpoints. Throws, and changes nothing, where it is not good.
  public func reload() async throws -> ReloadReply {
    guard let reading else {
      throw ServiceError(.invalidRequest, "this gateway was started without --config: there is nothing to read again")
    }
    let configuration: Configuration
    do throws(ServiceError) {
      configuration = try reading()
    } catch {
      logger.error("not reloaded, and nothing was changed: \(error.message)")
      throw error
    }
    let changes = [
      fleet.visionRoster.configure(configuration.vision), fleet.decoderRoster.configure(configuration.decoders),
    ]
    let reply = ReloadReply(
      joined: changes.flatMap(\.joined).map { "\($0)" }, left: changes.flatMap(\.left).map { "\($0)" },
      restartKeys: configuration.restartKeys)
    logger.notice("reloaded: \(reply.joined.count) workers more, \(reply.left.count) less")
    if !reply.restartKeys.isEmpty {
      logger.warning("changed, and taken up by a restart only: \(reply.restartKeys.joined(separator: ", "))")
    }
    return reply
  }

  /// Has so many workers of a role on this machine.
  public func scale(_ request: ScaleRequest) async throws -> ScaleReply {
    guard request.role == .vision else {
      throw ServiceError(
        .invalidRequest, "expected vision, found \(request.role): it is the one role that is scaled here")
    }
    let workers = try scale(to: request.count, threadCount: request.threadCount)
    logger.notice("vision: \(workers.count) workers are wanted")
    return ScaleReply(workers: workers.map { "\($0)" })
  }

  /// Gives a worker nothing new, or gives it work again; what it has it finishes.
  public func drain(_ request: DrainRequest) async throws -> DrainReply {
    let status = try fleet.drain(request.address, undo: request.isUndone)
    logger.notice("\(request.isUndone ? "gets work again" : "is drained"): \(request.address)")
    return DrainReply(worker: status)
  }
}

extension Gateway {
  /// Where the time of a request went, here and in the workers that answer within a second, by the beginning of each part.
  ///
  /// What a worker began it says as of its answer, so here that looks later than it was, by the way of the answer: never
  /// earlier than what the gateway had begun before.
  public func traces(of trace: TraceID) async -> TraceReply {
    let others = await fleet.traces(of: trace, by: clock)
    let now = clock.now
    let own = admission.traces(of: trace).records.map { $0.at("gateway") }
    let aged = others.map { answer in answer.records.map { $0.at(answer.process, aged: now - answer.time) } }
    return TraceReply(
      records: Array(
        (own + aged.flatMap(\.self)).sorted { $0.beganAgo > $1.beganAgo }.prefix(Self.traceRecordLimit)))
  }

  /// A message of 64 KiB holds these, of half a kilobyte each.
  private static let traceRecordLimit = 100
}

extension TraceRecord {
  /// The same of `process`, and begun longer ago by `age`.
  fileprivate func at(_ process: String, aged age: Duration = .zero) -> TraceRecord {
    var record = self
    record.process = process
    record.beganAgo += age
    return record
  }
}

extension Fleet {
  /// What one worker knows of a request, and when it had said so.
  fileprivate typealias TraceAnswer = (process: String, records: [TraceRecord], time: Instant)

  fileprivate func traces(of trace: TraceID, by clock: any MonotonicClock) async -> [TraceAnswer] {
    await withTaskGroup(of: TraceAnswer.self) { group in
      for worker in vision + decoders where worker.card != nil {
        group.addTask {
          let context = CallContext(deadline: clock.now + .seconds(1), trace: trace)
          // One that does not answer has nothing to say; the gateway's own record names it.
          let reply = try? await TraceClient(worker.channel).traces(of: trace, in: context)
          return ("\(worker.role) \(worker.address)", reply?.records ?? [], clock.now)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }
}
