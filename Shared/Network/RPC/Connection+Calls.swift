import Concurrency

extension Connection {
  // MARK: Either side

  /// Sends an item, waiting for the peer's credit and for room behind the window.
  func send(_ item: Item, on call: UInt32) async throws {
    let item = try item.checked()
    while true {
      try Task.checkCancellation()
      if try update({ state throws(ServiceError) in try state.admit(item, on: call) }) { return }
      let number = update { $0.writerNumber() }
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { writer in
          let isOver = update { state in
            guard !Task.isCancelled, !state.hasRoom(on: call) else { return true }
            state.awaitRoom(on: call, writer, number: number)
            return false
          }
          if isOver { writer.resume() }  // the loop finds out why
        }
      } onCancel: {
        update { $0.calls[call]?.takeWriter(number: number) }?.resume(throwing: CancellationError())
      }
    }
  }

  /// Sends an item where the peer has credit for it and there is room; false otherwise, also where the call is over.
  func offer(_ item: Item, on call: UInt32) -> Bool {
    guard let item = try? item.checked() else { return false }  // who sends it in earnest hears why
    return (try? update { state throws(ServiceError) in try state.admit(item, on: call) }) ?? false
  }

  /// The next item, or nothing after the last one.
  func next(on call: UInt32) async throws -> Item? {
    try Task.checkCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (reader: CallState.Reader) in
        let read = update { state -> CallState.Read in
          let read = state.read(call)
          guard case .wait = read else { return read }
          if Task.isCancelled { return .failed(ServiceError(CancellationError())) }
          state.calls[call]?.reader = reader
          return .wait
        }
        switch read {
        case .wait: break
        case .item(let item): reader.resume(returning: item)
        case .end: reader.resume(returning: nil)
        case .failed(let error): reader.resume(throwing: error)
        }
      }
    } onCancel: {
      update { $0.calls[call]?.reader.take() }?.resume(throwing: CancellationError())
    }
  }

  // MARK: The client's side

  func open(_ request: Request) throws(ServiceError) -> UInt32 {
    try request.check()
    return try update { state throws(ServiceError) in try state.open(request, at: self.clock.now) }
  }

  func finish(_ call: UInt32) {
    update { state in
      guard let open = state.calls[call], open.outcome == nil, !open.hasFinished else { return }
      state.calls[call]?.hasFinished = true
      state.queue(Frame(.finish, call: call))
    }
  }

  /// Forgets a call, and tells the server if it is still at work on it.
  func leave(_ call: UInt32) {
    let wakeups = update { state in
      if let open = state.calls[call], open.outcome == nil { state.queue(Frame(.cancel, call: call)) }
      return state.forget(call)
    }
    for wakeup in wakeups { wakeup() }
  }

  // MARK: The server's side

  /// Runs the handler until it is done, the caller goes away, or the deadline passes: whichever is first ends the call.
  func answer(_ call: IncomingCall, with handler: any CallHandler) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await handler.answer(call)
          self.end(call.number, nil)
        } catch {
          self.end(call.number, ServiceError(error))
        }
      }
      group.addTask { await self.waitUntilAbandoned(call.number) }
      if call.deadline != .distantFuture {
        group.addTask {
          guard (try? await self.clock.sleep(until: call.deadline)) != nil else { return }
          self.end(call.number, ServiceError(.deadlineExceeded, "the deadline passed during \(call.stage)"))
        }
      }
      await group.next()
      group.cancelAll()
    }
    for wakeup in update({ $0.forget(call.number) }) { wakeup() }
  }

  /// Sends END, once.
  private func end(_ call: UInt32, _ error: ServiceError?) {
    let wakeups = update { state -> [Wakeup] in
      guard let open = state.calls[call], open.outcome == nil else { return [] }
      if let error { state.refuse(call, error) } else { state.queue(Frame(.end, call: call)) }
      return state.calls[call]?.ended(error.map { .failure($0) } ?? .success(())) ?? []
    }
    for wakeup in wakeups { wakeup() }
  }

  private func waitUntilAbandoned(_ call: UInt32) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (watcher: CallState.Watcher) in
        let isOver = update { state in
          guard !Task.isCancelled, state.calls[call].map({ $0.outcome == nil }) ?? false else { return true }
          state.calls[call]?.watcher = watcher
          return false
        }
        if isOver { watcher.resume() }
      }
    } onCancel: {
      update { $0.calls[call]?.watcher.take() }?.resume()
    }
  }
}
