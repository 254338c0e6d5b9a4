import Launch
import UnixSignals

/// Runs `body`; Ctrl-C cancels it, and then this throws `interrupted`.
func untilInterrupt<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
  let signals = await UnixSignalsSequence(trapping: .sigint)
  return try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      for await _ in signals { return nil }
      return nil
    }
    defer { group.cancelAll() }
    guard let result = try await group.next() ?? nil else { throw LaunchError(.interrupted, "interrupted") }
    return result
  }
}
