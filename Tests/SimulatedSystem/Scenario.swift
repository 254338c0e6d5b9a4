import Concurrency
import TestSupport

/// Everything that the seed decides before a simulated system starts: how large it is, what it is asked, what goes wrong.
struct Scenario: Sendable {
  /// How tight the bounds are.
  struct Bounds: Sendable {
    var questionsPerGateway = 256
    var cacheByteCount = 1 << 20
    var preparedByteCount = 1 << 20
    var imagesPerVision = 32
    var generationsPerDecoder = 256
    var streamsPerDecoder = 16
    var blockCount = 256
  }

  let seed: UInt64
  let gateways: [String]
  let visions: [String]
  let decoders: [String]
  let clients: [String]
  let questions: [Question]
  let faults: [PlannedFault]
  let link: LinkPolicy
  let bounds: Bounds
  /// Whether features are kept beyond the gateways, and rows beyond the decoders.
  let hasTier: Bool
  let keepsRows: Bool
  /// Whether processes and links live, everything arrives, and nobody is slow.
  let isCalm: Bool

  init(seed: UInt64, questionCount: Int) {
    var generator = SeededGenerator(seed: seed ^ 0x5851_f42d_4c95_7f2d)
    // Most are large enough to lose somebody.
    let isSmall = generator.oneIn(6)
    func names(_ role: String, _ counts: ClosedRange<Int>) -> [String] {
      (0..<Int.random(in: counts, using: &generator)).map { "\(role)-\($0)" }
    }
    self.seed = seed
    gateways = names("gateway", 1...2)
    visions = names("vision", isSmall ? 1...1 : 2...4)
    decoders = names("decoder", isSmall ? 1...1 : 2...3)
    clients = names("client", 2...5)
    // A third of the seeds is without faults: there every bound is exact.
    isCalm = generator.oneIn(3)
    hasTier = !generator.oneIn(3)
    keepsRows = generator.oneIn(2)
    bounds = Bounds(&generator)
    link = LinkPolicy(&generator, isCalm: isCalm)
    var demand = Demand()
    demand.questionCount = questionCount
    demand.clientCount = clients.count
    demand.span = .milliseconds(generator.oneIn(4) ? 300 : 5000)
    demand.pictureCount = generator.oneIn(3) ? ModelKit.pictureCount : 10
    demand.deadlineOneIn = generator.oneIn(2) ? 5 : nil
    demand.cancelOneIn = generator.oneIn(2) ? 6 : nil
    questions = demand.questions(&generator)
    faults =
      isCalm
      ? []
      : Self.faults(
        within: demand.span, workers: visions + decoders, gateways: gateways, clients: clients, hasTier: hasTier,
        &generator)
  }

  private static func faults(
    within span: Duration, workers: [String], gateways: [String], clients: [String], hasTier: Bool,
    _ generator: inout SeededGenerator
  ) -> [PlannedFault] {
    var faults: [PlannedFault] = []
    /// Up to `count` of a kind.
    func add(_ count: Int, lasting: ClosedRange<Int64>, _ fault: (inout SeededGenerator) -> Fault) {
      for _ in 0..<Int.random(in: 0...count, using: &generator) {
        faults.append(PlannedFault(within: span, lasting: lasting, fault(&generator), &generator))
      }
    }
    func one(of names: [String], _ generator: inout SeededGenerator) -> String {
      names[Int.random(in: names.indices, using: &generator)]
    }
    add(3, lasting: 100...3000) { .crash(one(of: workers + gateways, &$0)) }
    add(2, lasting: 100...3000) { .drain(one(of: workers + gateways, &$0)) }
    add(2, lasting: 100...14_000) { .part(one(of: gateways, &$0), one(of: workers + clients, &$0)) }
    add(2, lasting: 100...5000) { .silence(one(of: workers, &$0)) }
    add(2, lasting: 500...4000) { .slow(one(of: workers, &$0), factor: Double.random(in: 2...20, using: &$0)) }
    add(1, lasting: 1...2) { .crash(one(of: clients, &$0)) }
    if hasTier {
      add(2, lasting: 100...4000) {
        let moods: [MemoryTier.Mood] = [.full, .failing, .hanging]
        return .tier(moods[Int.random(in: moods.indices, using: &$0)])
      }
    }
    return faults
  }
}

extension Scenario.Bounds {
  fileprivate init(_ generator: inout SeededGenerator) {
    // Too much is asked at once.
    if generator.oneIn(4) {
      questionsPerGateway = Int.random(in: 4...24, using: &generator)
      imagesPerVision = Int.random(in: 2...6, using: &generator)
      generationsPerDecoder = Int.random(in: 2...12, using: &generator)
      streamsPerDecoder = Int.random(in: 1...4, using: &generator)
    }
    // Little can be kept: a view's features are 576 bytes, its pixels 5,292, and the longest prompt takes 16 blocks.
    if generator.oneIn(3) {
      cacheByteCount = Int.random(in: 1...6, using: &generator) * 1024
      preparedByteCount = Int.random(in: 1...8, using: &generator) * 8192
    }
    if generator.oneIn(3) { blockCount = Int.random(in: 16...40, using: &generator) }
  }
}

extension LinkPolicy {
  fileprivate init(_ generator: inout SeededGenerator, isCalm: Bool) {
    self.init()
    delay = .microseconds(1) ... .microseconds(Int64.random(in: 100...5000, using: &generator))
    if generator.oneIn(3) { duplicateShare = 0.02 }
    if !isCalm, generator.oneIn(3) { dropShare = Double.random(in: 0.00002...0.0005, using: &generator) }
  }
}
