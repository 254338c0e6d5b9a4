import Concurrency
import Programs

/// Whether a process has come to rest, by its own numbers.
enum Rest {
  private static let kinds = ["gateway": "questions", "vision": "images", "decoder": "generations"]
  /// What is 0 in a process that nobody works for, by the name of its kind.
  private static let empty = [
    "gateway": [
      "llava_upload_bytes", "llava_vision_queue_waiting", #"llava_workers_in_flight{role="vision"}"#,
      #"llava_workers_in_flight{role="decoder"}"#, #"llava_feature_cache_flights{cache="features"}"#,
      #"llava_feature_cache_flights{cache="pictures"}"#,
    ],
    "vision": ["llava_vision_views_waiting"],
    "decoder": [
      #"llava_decoder_streams{state="waiting"}"#, #"llava_decoder_streams{state="running"}"#,
      #"llava_decoder_kv_blocks{state="referenced"}"#,
    ],
  ]

  struct Imbalance: Error, CustomStringConvertible {
    let description: String
  }

  /// What process `name` still has to do, or nothing. Throws where its ledger does not add up.
  static func unrest(of name: String, _ numbers: [String: Double]) throws -> String? {
    let kind = String(name.prefix { $0 != "-" })
    func value(_ metric: String, _ outcome: String? = nil) -> Double {
      let labels = "kind=\"\(kinds[kind] ?? "")\"" + (outcome.map { ",outcome=\"\($0)\"" } ?? "")
      return numbers["\(metric){\(labels)}"] ?? .nan
    }
    let received = value("llava_requests_received_total")
    let accepted = value("llava_requests_accepted_total")
    let inProgress = value("llava_requests_in_progress")
    let ended = ["completed", "failed", "cancelled"].map { value("llava_requests_total", $0) }.reduce(0, +)
    guard received == accepted + value("llava_requests_total", "refused"), accepted == ended + inProgress else {
      throw Imbalance(
        description: "\(name): received \(received), accepted \(accepted), ended \(ended), in progress \(inProgress)")
    }
    if inProgress > 0 { return "\(name): \(inProgress) in progress" }
    let full = (empty[kind] ?? []).first { numbers[$0] != 0 }
    return full.map { "\(name): \($0) is \(numbers[$0].map { "\($0)" } ?? "missing")" }
  }

  /// Returns once all of `names` are at rest. Throws where one's ledger does not add up, or at `limit`.
  static func reached(by names: [String], of processes: Processes, before limit: Instant) async throws {
    let clock = SystemClock()
    for name in names {
      while let unrest = try unrest(of: name, try await processes.numbersNow(of: name)) {
        guard clock.now < limit else { throw Imbalance(description: "not at rest: \(unrest)") }
      }
    }
  }
}

extension Processes {
  /// Its metrics; asked on a thread of its own, since it may take a while to answer.
  func numbersNow(of name: String) async throws -> [String: Double] {
    try await BlockingThread.run { Result { try self.numbers(of: name) } }.get()
  }
}
