import Clusters
import Concurrency
import Contracts
import NNGTransport
import RPC
import TestSupport
import Testing

/// A decoder is lost in the middle of an answer, and another goes on with it: compared to the bit with one that nobody
/// disturbed.
@Suite struct ResumeTests {
  private struct Question: Sendable {
    var text = Sample.describe
    var sampling = Sampling()
    var stops: [String] = []
    var tokenLimit = 24
  }

  /// What a client sees of an answer.
  private struct Reply: Equatable, Sendable {
    var tokens: [Token]
    var reason: FinishReason?
    var rest = ""
    var usage: Int?
  }

  private static var questions: [Question] {
    var sampled = Question()
    sampled.sampling.temperature = 0.9
    sampled.sampling.seed = 7
    sampled.sampling.repetitionPenalty = 1.1
    sampled.sampling.presencePenalty = 0.3
    var stopped = Question()
    stopped.stops = ["."]
    return [Question(), sampled, stopped]
  }

  private static func ask(_ question: Question, of cluster: Cluster) async throws -> (Reply, ServiceError?) {
    let image = try Sample.image("01_336x336.png")
    let tokens = Lock<[Token]>([])
    var request = AskRequest(
      turns: [Turn(.user, [.image(0), .text(question.text)])], imageByteCounts: [image.count],
      tokenLimit: question.tokenLimit)
    request.sampling = question.sampling
    request.sampling.logprobs = 2
    request.stops = question.stops
    do {
      let finished = try await cluster.client.ask(request, images: [image], in: cluster.context()) { reply in
        if case .token(let token) = reply { tokens.withLock { $0.append(token) } }
      }.finished
      return (
        Reply(
          tokens: tokens.withLock { $0 }, reason: finished.reason, rest: finished.text,
          usage: finished.usage.completionTokens), nil
      )
    } catch let error as ServiceError {
      return (Reply(tokens: tokens.withLock { $0 }), error)
    }
  }

  private static func isDecoder(_ address: Address) -> Bool { address.rest.contains("-decoder-") }

  /// From two decoders, of which one is lost at this item of what it says.
  private static func reply(
    to question: Question, losingOneAt number: Int, builds: [[UInt8]] = [[], []], name: String
  ) async throws -> (Reply, ServiceError?) {
    var shape = Cluster.Shape()
    shape.decoders = [TestModel.demo, TestModel.demo]
    let left = Lock(builds)
    shape.decoder = { options in options.build = left.withLock { $0.removeFirst() } }
    let network = NNGTransport(clock: SystemClock())
    let transport = CutTransport(network, to: isDecoder)
    let result = try await Cluster.with(shape, over: transport, name: name) { cluster in
      transport.arm(atItem: number)  // and not before: how often they were asked for their health is a matter of luck
      return try await ask(question, of: cluster)
    }
    await network.close()
    #expect(transport.cutAddress != nil, "nobody was lost within \(number) items")
    return result
  }

  @Test(arguments: questions.indices) func anotherDecoderGoesOnWithTheAnswerToTheBit(_ index: Int) async throws {
    let question = Self.questions[index]
    let network = NNGTransport(clock: SystemClock())
    let (whole, error) = try await Cluster.with(over: network, name: "resume-whole-\(index)") { cluster in
      try await Self.ask(question, of: cluster)
    }
    await network.close()
    #expect(error == nil && whole.tokens.count > 4, "\(whole)")
    // The first says what is needed; then there is one for each token, and one for the end.
    for number in [1, 2, 3, whole.tokens.count / 2, whole.tokens.count + 1, whole.tokens.count + 2] {
      let (reply, error) = try await Self.reply(
        to: question, losingOneAt: number, name: "resume-\(index)-\(number)")
      #expect(error == nil, "at item \(number)")
      #expect(reply == whole, "at item \(number)")
    }
  }

  @Test func anotherBuildDoesNotGoOnWithIt() async throws {
    let (reply, error) = try await Self.reply(
      to: Question(), losingOneAt: 3, builds: [[1], [2]], name: "resume-builds")
    #expect(error?.code == .unavailable)
    #expect(!reply.tokens.isEmpty && reply.tokens.map(\.index) == Array(reply.tokens.indices) && reply.reason == nil)
  }

  /// A decoder that is told of tokens that cannot have been said refuses; one that is told of a whole answer ends it.
  @Test func whatCannotHaveBeenSaidIsRefused() async throws {
    let network = NNGTransport(clock: SystemClock())
    try await Cluster.with(over: network, name: "resume-bad") { cluster in
      let channel = Channel(
        to: try Address("inproc://resume-bad-decoder-0"), over: network, clock: SystemClock(),
        hello: { Hello(role: .gateway).greeting },
        greet: { bytes throws(ServiceError) in _ = try Hello(greeting: bytes, expecting: [.decoder]) })
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await channel.run() }
        try await channel.opened()
        func finished(after spoken: [Int32]) async throws -> Finished {
          let request = GenerateRequest(
            turns: [Turn(.user, [.text("Hi")])], images: [], sampling: Sampling(), tokenLimit: 3, stops: [],
            spoken: spoken)
          return try await DecoderClient(channel).generate(
            request, in: cluster.context(), features: { _, _ in }, token: { _ in })
        }
        for spoken: [Int32] in [[316, 316, 316, 316], [1 << 30]] {
          await #expect(throws: ServiceError.self, "\(spoken)") { _ = try await finished(after: spoken) }
        }
        let whole = try await finished(after: [316, 292, 373])
        #expect(whole.reason == .tokenLimit && whole.usage.completionTokens == 3)
        group.cancelAll()
      }
    }
    await network.close()
  }

  @Test(arguments: [1, 2]) func beforeItsFirstTokenAnyDecoderAnswers(number: Int) async throws {
    let (reply, error) = try await Self.reply(
      to: Question(), losingOneAt: number, builds: [[1], [2]], name: "resume-none-\(number)")
    #expect(error == nil && reply.reason != nil && reply.tokens.map(\.index) == Array(reply.tokens.indices))
  }
}
