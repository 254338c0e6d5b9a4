import Concurrency
import Contracts
import RPC

/// Bytes that may be held for all questions together; over it the answer is no.
final class ByteBudget: Sendable {
  let limit: Int
  private let what: String
  private let used = Lock(0)

  init(_ limit: Int, of what: String) {
    self.limit = limit
    self.what = what
  }

  func withBytes<Result>(_ count: Int, _ body: () async throws -> Result) async throws -> Result {
    try used.withLock { used throws(ServiceError) in
      guard used + count <= limit else {
        throw ServiceError(
          .overloaded, "\(used) of \(limit) bytes of \(what) are in use; \(count) more do not fit",
          retryAfter: .seconds(1))
      }
      used += count
    }
    defer { used.withLock { $0 -= count } }
    return try await body()
  }

  /// Held now.
  var byteCount: Int { used.withLock { $0 } }

  var gauges: [Gauge] { [Gauge("upload_bytes", byteCount), Gauge("upload_bytes_limit", limit)] }
}
