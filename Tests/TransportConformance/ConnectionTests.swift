import Concurrency
import RPC
import Testing

/// How connections come about and end, over every transport.
@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
  @Test(arguments: TransportKind.allCases) func aServerThatRefusesTellsWhy(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let listener = try await world.transport.listen(at: world.address())
      try await world.withServer(
        on: listener,
        greet: { hello throws(ServiceError) in
          throw ServiceError(.incompatible, "no room for \(String(decoding: hello, as: UTF8.self))")
        }, answer: echo
      ) { _ in
        let channel = world.channel(to: listener.address)
        async let _: Void = channel.run()
        let error = await failure { try await channel.opened() }
        #expect(error?.code == .incompatible)
        #expect(error?.message.hasSuffix("no room for client") == true)
        guard case .refused = channel.state else {
          Issue.record("expected .refused, found \(channel.state)")
          return
        }
        #expect(await failure { _ = try await channel.unary(Request()) }?.code == .incompatible)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aClientThatRefusesSaysWhy(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let listener = try await world.transport.listen(at: world.address())
      try await world.withServer(on: listener, answer: echo) { _ in
        let channel = world.channel(
          to: listener.address,
          greet: { hello throws(ServiceError) in
            throw ServiceError(.incompatible, "not with \(String(decoding: hello, as: UTF8.self))")
          })
        async let _: Void = channel.run()
        let error = await failure { try await channel.opened() }
        #expect(error?.code == .incompatible)
        #expect(error?.message.hasSuffix("not with server") == true)
        #expect(await failure { _ = try await channel.unary(Request()) }?.code == .incompatible)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aLostServerFailsItsCallsAndItsSuccessorIsFound(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (opened, begun) = (Tally(), Tally())
      let first = try await world.transport.listen(at: world.address())
      let channel = world.channel(to: first.address, changed: { if case .open = $0 { opened.add() } })
      async let _: Void = channel.run()
      try await withThrowingTaskGroup(of: ServiceError?.self) { group in
        try await world.withServer(on: first) { _ in
          begun.add()
          try await Tally().reaches(1)
        } _: { _ in
          try await opened.reaches(1)
          group.addTask { await failure { _ = try await channel.unary(Request()) } }
          try await begun.reaches(1)
        }
        #expect(try await group.next()??.code == .unavailable)
      }
      let second = try await world.transport.listen(at: first.address)
      try await world.withServer(on: second, answer: echo) { _ in
        try await opened.reaches(2)
        #expect(try await channel.unary(Request(0, 8)).number == 8)
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func aServerThatDrainsFinishesItsCallsAndTakesNoNewOnes(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let (begun, finish) = (Tally(), Tally())
      try await world.withCalls { call in
        if call.method == 1 {
          begun.add()
          try await finish.reaches(1)
        }
        try await call.send(call.item)
      } _: { channel, server in
        try await withThrowingTaskGroup(of: Int.self) { group in
          group.addTask { try await channel.unary(Request(1, 5)).number }
          try await begun.reaches(1)
          async let drained: Void = server.drain()
          var refusal: ServiceError?
          while refusal == nil { refusal = await failure { _ = try await channel.unary(Request()) } }
          #expect(refusal?.code == .unavailable)
          #expect(refusal?.message.contains("shutting down") == true)
          finish.add()
          #expect(try await group.next() == 5)
          await drained
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func anAddressWhereNobodyListensIsUnavailable(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let address = try world.vacantAddress()
      let error = await failure { _ = try await world.transport.connect(to: address) }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("\(address)") == true)
    }
  }

  @Test(arguments: TransportKind.allCases) func anAddressInUseIsAnErrorThatNamesIt(_ kind: TransportKind) async throws {
    try await kind.run { world in
      let listener = try await world.transport.listen(at: world.address())
      let error = await failure { _ = try await world.transport.listen(at: listener.address) }
      #expect(error?.message.contains("\(listener.address)") == true)
      try await world.withServer(on: listener, answer: echo) { _ in
        try await world.withChannel(to: listener.address) { channel in
          let answer = try await channel.unary(Request(0, 3))
          #expect(answer.number == 3, "asking does the listener no harm")
        }
      }
    }
  }

  @Test(arguments: TransportKind.allCases) func threeHundredConnectionsLeaveNoMessage(
    _ kind: TransportKind
  ) async throws {
    try await kind.run { world in
      let listener = try await world.transport.listen(at: world.address())
      try await world.withServer(on: listener, answer: echo) { _ in
        for number in 0..<300 {
          try await world.withChannel(to: listener.address) { channel in
            let answer = try await channel.unary(Request(0, number))
            #expect(answer.number == number)
          }
        }
      }
      await world.close()
      #expect(world.liveMessageCount() == 0)
    }
  }
}
