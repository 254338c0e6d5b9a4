import Concurrency
import RPC
import Testing

/// Peers that break the protocol, or are too many: they are turned away, and nobody else notices.
@Suite(.timeLimit(.minutes(10))) struct BreachTests {
  /// A request of no deadline and 4 items of credit at most.
  private static func request(_ call: UInt32, _ sequence: UInt32) -> Frame {
    let preamble = [UInt8](repeating: 255, count: 4) + [4] + [UInt8](repeating: 0, count: 19)
    return Frame(.request, call: call, value: 1, sequence: sequence, message: preamble)
  }

  private static let hello = Frame(.hello, sequence: 1)

  /// Frames after each of which the link has to end.
  static let breaches: [[Frame]] = [
    [request(1, 1)],  // before HELLO
    [Frame(.hello, sequence: 2)],  // the first was lost
    [hello, Frame(.hello, sequence: 2)],
    [hello, Frame(.request, call: 1, sequence: 2)],  // without its preamble
    [hello, Frame(.ping, sequence: 2)],  // of a frame that never came
    [hello, Frame(.acknowledge, sequence: 99)],
    [hello, request(1, 2), request(1, 3)],  // the same call again
    [hello, request(1, 2)] + (3...9).map { Frame(.item, call: 1, sequence: $0) },  // beyond the credit
    [hello, request(1, 2), Frame(.finish, call: 1, sequence: 3), Frame(.item, call: 1, sequence: 4)],
  ]

  @Test(arguments: TransportKind.allCases) func aBreachEndsItsOwnLinkAndNoOther(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let listener = try await world.transport.listen(at: world.address())
      try await world.withServer(on: listener) { call in
        if call.method == 1 { try await Tally().reaches(1) }
        try await call.send(call.item)
      } _: { server in
        try await world.withChannel(to: listener.address) { channel in
          for frames in Self.breaches {
            let link = try await world.transport.connect(to: listener.address)
            for frame in frames { link.send(frame) }
            while await link.receive() != nil {}
            let answer = try await channel.unary(Request(0, 7))
            #expect(answer.number == 7, "after \(frames.map(\.kind))")
          }
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func peersBeyondTheLimitAreToldSo(_ kind: TransportKind) async throws {
    try await kind.run { world in
      var limits = Limits.patient
      limits.connectionCount = 2
      let listener = try await world.transport.listen(at: world.address())
      try await world.withServer(on: listener, limits: limits, answer: echo) { server in
        try await world.withChannel(to: listener.address) { first in
          try await world.withChannel(to: listener.address) { second in
            let (refused, opened) = (Tally(), Tally())
            let third = world.channel(
              to: listener.address,
              changed: { state in
                if case .connecting(let error?) = state, error.code == .overloaded { refused.add() }
                if case .open = state { opened.add() }
              })
            async let _: Void = third.run()
            try await refused.reaches(1)
            let error = await failure { _ = try await third.unary(Request()) }
            #expect(error?.message.contains("2 peers are already connected") == true)
            #expect(opened.count == 0)
            #expect(server.peerCount == 2)
            let answers = try await (first.unary(Request(0, 1)), second.unary(Request(0, 2)))
            #expect(answers.0.number == 1 && answers.1.number == 2)
          }
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aSenderWithoutCreditCanBeCancelled(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let (sent, cancelled) = (Tally(), Tally())
      try await world.withCalls { call in
        do {
          try await Tally().reaches(1)
        } catch {
          cancelled.add()
          throw error
        }
      } _: { channel, _ in
        try await withThrowingTaskGroup(of: ServiceError?.self) { group in
          group.addTask {
            await failure {
              try await channel.withCall(Request()) { call in
                while true {
                  try await call.send(Item([]))
                  sent.add()
                }
              }
            }
          }
          try await sent.reaches(Limits().callCredit)
          group.cancelAll()
          let error = try await group.next() ?? nil
          #expect(error?.code == .cancelled)
        }
        try await cancelled.reaches(1)
        #expect(sent.count == Limits().callCredit)
      }
    }
  }

  /// What opens a call shares its frame with 24 bytes of our own.
  @Test(arguments: TransportKind.allCases) func theLargestRequestPassesAndOneByteMoreIsTooLarge(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      try await world.withCalls(answer: echo) { channel, _ in
        var request = Request()
        request.item = Item([UInt8](repeating: 5, count: Limits.messageByteCount - 24))
        let largest = request
        let answer = try await channel.unary(largest)
        #expect(answer == largest.item)
        request.item.message.append(5)
        let tooLarge = request
        let error = await failure { _ = try await channel.unary(tooLarge) }
        #expect(error?.code == .tooLarge)
        let next = try await channel.unary(Request(0, 6))
        #expect(next.number == 6, "the connection is as it was")
      }
    }
  }
}
