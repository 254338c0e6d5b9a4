import Contracts
import Foundation
import Launch
import RPC

/// An answer as one JSON object, for programs.
struct AnswerReport: Encodable {
  struct Image: Encodable {
    var sha256: String
    var width: Int
    var height: Int
    var policy: String
    /// What its pixels were rounded to, and the type of its features on the wire.
    var pixels: String
    var element: String
    var views: Int
    /// Of an image seen in parts: how its tiles lay.
    var grid: String?
    /// Whether the model was never trained to see an image so.
    var untrained: Bool
    var tokens: Int
    /// Empty where the decoder knew the image and nobody fetched its features.
    var featuresSha256: String
    var source: String
    var worker: String
  }

  struct TokenCounts: Encodable {
    var promptTokens: Int
    var cachedTokens: Int
    var imageTokens: Int
    var completionTokens: Int
  }

  struct Stage: Encodable {
    var stage: String
    var milliseconds: Double
  }

  struct Logprob: Encodable {
    struct Alternative: Encodable {
      var id: Int32
      var logprob: Float
    }
    var id: Int32
    var text: String
    var logprob: Float
    var alternatives: [Alternative]
  }

  var text: String
  var tokenIds: [Int32]
  var finishReason: String
  var usage: TokenCounts
  var timings: [Stage]
  var images: [Image]
  var model: String
  var demonstration: Bool
  var notice: String?
  /// Whose behaviour the prompt follows, and its template.
  var `as`: String
  var template: String
  var decoder: String
  var trace: String
  /// Only where they were asked for.
  var logprobs: [Logprob]?

  init(_ answer: Answer, _ finished: AskFinished, trace: TraceID) {
    text = answer.text
    tokenIds = answer.tokens.map(\.id)
    finishReason = finished.finished.reason.name
    let usage = finished.finished.usage
    self.usage = TokenCounts(
      promptTokens: usage.promptTokens, cachedTokens: usage.cachedTokens, imageTokens: usage.imageTokens,
      completionTokens: usage.completionTokens)
    timings = finished.timings.map { Stage(stage: $0.stage, milliseconds: Double($0.microseconds) / 1000) }
    images = finished.images.map { receipt in
      Image(
        sha256: receipt.digest.hexadecimal, width: receipt.width, height: receipt.height,
        policy: receipt.policy.name, pixels: receipt.pixels.rawValue, element: receipt.element.rawValue,
        views: receipt.viewCount, grid: receipt.grid?.description, untrained: receipt.isUntrained,
        tokens: receipt.tokenCount,
        featuresSha256: receipt.featureDigest.hexadecimal, source: receipt.source.rawValue, worker: receipt.worker)
    }
    model = finished.model
    demonstration = finished.isDemonstration
    notice = finished.notices.isEmpty ? nil : finished.notices.joined(separator: "; ")
    `as` = finished.finished.reference.rawValue
    template = finished.finished.template
    decoder = finished.decoder
    self.trace = "\(trace)"
    let logprobs = answer.tokens.compactMap { token in
      token.logprob.map { logprob in
        Logprob(
          id: token.id, text: token.text, logprob: logprob,
          alternatives: token.alternatives.map { Logprob.Alternative(id: $0.id, logprob: $0.logprob) })
      }
    }
    self.logprobs = logprobs.isEmpty ? nil : logprobs
  }
}

extension Encodable {
  /// One line, with the keys in snake case and in the order of the alphabet.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
