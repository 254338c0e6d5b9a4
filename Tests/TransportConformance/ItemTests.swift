import RPC
import Testing

/// What calls and their items promise over every transport.
@Suite(.timeLimit(.minutes(10))) struct ItemTests {
  @Test(arguments: TransportKind.allCases) func aCallIsAnswered(_ kind: TransportKind) async throws {
    try await kind.run { world in
      try await world.withCalls(answer: echo) { channel, _ in
        let request = Request(0, 7, attachment: [1, 2, 3])
        let answer = try await channel.unary(request)
        #expect(answer == request.item)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func twoHundredCallsInFlightGetTheirOwnAnswers(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let arrived = Tally()
      try await world.withCalls { call in
        arrived.add()
        try await arrived.reaches(200)
        try await call.send(call.item)
      } _: { channel, _ in
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for number in 0..<200 { group.addTask { try await channel.unary(Request(0, number)).number == number } }
          for try await isOwn in group { #expect(isOwn) }
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func itemsCrossBothWaysInOrderWithTheirAttachments(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let attachments = (0..<12).map { [UInt8](repeating: UInt8($0), count: 1 << 20) }
      try await world.withCalls(answer: echo) { channel, _ in
        try await channel.withCall(Request(0, 0, attachment: attachments[0])) { call in
          async let sent: Void = {
            for number in 1..<12 { try await call.send(Item(number, attachment: attachments[number])) }
            call.finish()
          }()
          for number in 0..<12 {
            #expect(try await call.next() == Item(number, attachment: attachments[number]))
          }
          #expect(try await call.next() == nil)
          try await sent
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func theLargestItemPassesAndOneByteMoreIsTooLarge(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      try await world.withCalls(answer: echo) { channel, _ in
        try await channel.withCall(Request()) { call in
          _ = try await call.next()
          let message = [UInt8](repeating: 1, count: Limits.messageByteCount)
          let room = Limits.frameByteCount - Frame.headerByteCount - message.count
          let largest = Item(message, attachment: Array(repeating: 2, count: room))
          try await call.send(largest)
          #expect(try await call.next() == largest)
          for item in [Item(message, attachment: largest.attachment + [2]), Item(message + [1])] {
            #expect(await failure { try await call.send(item) }?.code == .tooLarge)
          }
          try await call.send(Item(5))
          #expect(try await call.next() == Item(5), "the call goes on after a refusal")
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aSlowReaderOfOneCallDoesNotHoldUpAnother(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let large = [UInt8](repeating: 3, count: 1 << 20)
      let stuck = Tally()
      try await world.withCalls { call in
        guard call.method == 1 else { return try await echo(call) }
        for number in 0..<8 {
          if number == Limits().callCredit { stuck.add() }
          try await call.send(Item(number, attachment: large))
        }
      } _: { channel, _ in
        try await channel.withCall(Request(1)) { slow in
          try await stuck.reaches(1)
          for number in 0..<200 { #expect(try await channel.unary(Request(0, number)).number == number) }
          for number in 0..<8 { #expect(try await slow.next()?.number == number) }
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aSenderIsNeverFurtherAheadThanItsCredit(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (reading, sent, begin) = (Tally(), Tally(), Tally())
      let credit = Limits().callCredit
      try await world.withCalls { call in
        guard call.method == 1 else { return try await echo(call) }
        try await begin.reaches(1)
        for _ in 0..<100 {
          reading.add()
          _ = try await call.next()
        }
      } _: { channel, _ in
        try await channel.withCall(Request(1)) { call in
          async let sending: Void = {
            for number in 0..<100 {
              try await call.send(Item(number))
              sent.add()
              #expect(sent.count - reading.count <= credit)
            }
            call.finish()
          }()
          try await sent.reaches(credit)
          // A sender that overran its credit would do it during these.
          for number in 0..<50 { _ = try await channel.unary(Request(0, number)) }
          #expect(sent.count == credit)
          begin.add()
          try await sending
          #expect(try await call.next() == nil)
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func tenThousandItemsForALateReaderAreAllThereOnce(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (waiting, late) = (Tally(), Tally())
      try await world.withCalls { call in
        try await late.reaches(1)
        var expected = 0
        while let item = try await call.next() {
          guard item.number == expected else {
            throw ServiceError(.internalFailure, "expected item \(expected), found \(item.number)")
          }
          expected += 1
        }
        try await call.send(Item(expected))
      } _: { channel, _ in
        try await withThrowingTaskGroup(of: Int?.self) { group in
          for _ in 0..<8 {
            group.addTask {
              try await channel.withCall(Request()) { call in
                for number in 0..<1250 {
                  if number == Limits().callCredit { waiting.add() }
                  try await call.send(Item(number))
                }
                call.finish()
                return try await call.next()?.number
              }
            }
          }
          try await waiting.reaches(8)
          late.add()
          for try await count in group { #expect(count == 1250) }
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func slowReplyIsExecutedOnce(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let (executions, reply) = (Tally(), Tally())
      try await world.withCalls { call in
        if call.method == 1 {
          executions.add()
          try await reply.reaches(1)
        }
        try await call.send(call.item)
      } _: { channel, _ in
        try await withThrowingTaskGroup(of: Int.self) { group in
          group.addTask { try await channel.unary(Request(1, 77)).number }
          try await executions.reaches(1)
          for number in 0..<200 { _ = try await channel.unary(Request(0, number)) }
          reply.add()
          #expect(try await group.next() == 77)
        }
        #expect(executions.count == 1)
      }
    }
  }
}
