import Clusters
import Concurrency
import FeatureTiers
import Foundation

@testable import StoreClient

/// Runs `body` with a client of these nodes, and closes it.
func withClient<Result>(
  _ addresses: [StoreAddress], _ change: (inout StoreOptions) -> Void = { _ in },
  _ body: (StoreClient) async throws -> Result
) async throws -> Result {
  var options = StoreOptions()
  options.connectTimeout = .seconds(20)
  change(&options)
  let client = try StoreClient(to: addresses, options, clock: SystemClock())
  do {
    let result = try await body(client)
    await client.close()
    return result
  } catch {
    await client.close()
    throw error
  }
}

extension StoreServer {
  var address: StoreAddress { .unix(path: path) }
}

/// Long enough for a machine that is busy; a call that is late is late by this.
func soon(_ duration: Duration = .seconds(20)) -> Instant { SystemClock().now + duration }

func key(_ index: UInt8) -> TierKey {
  TierKey(bytes: [UInt8](repeating: index, count: 32), contract: [UInt8](repeating: 0, count: 32))
}

/// The error of a tier; the test fails where there is none.
func failure(_ body: () async throws -> some Any) async -> TierError {
  do {
    return TierError(.configuration, "expected an error, found \(try await body())")
  } catch {
    return error as? TierError ?? TierError(.configuration, "expected a tier's error, found \(error)")
  }
}
