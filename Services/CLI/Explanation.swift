import Contracts
import Launch
import RPC

/// Where the time of an answer went, and what the model was shown.
struct Explanation {
  private let finished: AskFinished
  private let trace: TraceID

  init(_ finished: AskFinished, trace: TraceID) {
    self.finished = finished
    self.trace = trace
  }

  /// Columns of the bars.
  private static let barWidth = 40

  /// Dimmed where a terminal can.
  func show(on output: Output) {
    let text = lines.joined(separator: "\n")
    output.say(output.isTerminal ? "\u{1B}[2m\(text)\u{1B}[0m" : text)
  }

  var lines: [String] { waterfall + receipts + [origin] }

  /// A bar for each stage, that begins where the one before has ended; the last timing is the whole.
  ///
  /// Images are decoded and encoded while the question is in the decoder's queue, so its bar begins with theirs.
  private var waterfall: [String] {
    let total = max(finished.timings.last { $0.stage == "total" }?.microseconds ?? 0, 1)
    let width = finished.timings.map(\.stage.count).max() ?? 0
    var start = 0
    var queueStart = 0
    return finished.timings.map { timing in
      let name = timing.stage + String(repeating: " ", count: width - timing.stage.count)
      if timing.stage == "total" { start = 0 }
      if timing.stage == "decoder wait" { start = queueStart }
      if !timing.stage.hasPrefix("image ") { queueStart = start + timing.microseconds }
      defer { start += timing.microseconds }
      return "  \(name) \(Self.milliseconds(timing.microseconds)) "
        + Self.bar(from: start, count: timing.microseconds, of: total)
    }
  }

  static func bar(from start: Int, count: Int, of total: Int) -> String {
    let first = min(start * barWidth / total, barWidth - 1)
    let last = min((start + count) * barWidth / total, barWidth)
    return String(repeating: " ", count: first) + String(repeating: "█", count: max(last - first, 0))
      + (last == first ? "▏" : "")
  }

  private static func milliseconds(_ microseconds: Int) -> String {
    let tenths = (microseconds + 50) / 100
    let text = "\(tenths / 10).\(tenths % 10) ms"
    return String(repeating: " ", count: max(0, 11 - text.count)) + text
  }

  private var receipts: [String] {
    finished.images.enumerated().map { index, seen in
      let origin =
        switch seen.source {
        case .decoder: "known to the decoder"
        case .memory: "features from the gateway's memory"
        case .disk: "features from the gateway's disk"
        case .store: "features from the gateways' store"
        case .shared: "features shared with another question"
        case .encoded: "encoded by \(seen.worker)"
        }
      let features = seen.featureDigest.isEmpty ? "" : ", features \(Self.short(seen.featureDigest))"
      return "  saw image \(index + 1): \(seen.width) x \(seen.height), \(seen.policy.name)"
        + (seen.grid.map { " \($0)" } ?? "") + (seen.isUntrained ? " (untrained)" : "") + ", "
        + "views: \(seen.viewCount), tokens: \(seen.tokenCount), \(origin)\n"
        + "    sha256 \(Self.short(seen.digest))\(features)"
    }
  }

  private static func short(_ digest: [UInt8]) -> String { digest.prefix(8).hexadecimal + "…" }

  private var origin: String {
    let usage = finished.finished.usage
    return "  prompt \(usage.promptTokens) tokens (\(usage.cachedTokens) known already), answer "
      + "\(usage.completionTokens) (\(finished.finished.reason.name)); as "
      + "\(finished.finished.reference.rawValue), \(finished.finished.template); model \(finished.model) on \(finished.decoder)\n"
      + "  trace \(trace)"
  }
}
