import Contracts
import Foundation
import Launch
import RPC
import Testing

@testable import CLI

struct AnswerTests {
  private let trace = TraceID(high: 1, low: 2)

  private func object(_ answer: Answer) throws -> [String: Any] {
    let json = try AnswerReport(answer, .fabricated, trace: trace).json
    #expect(!json.contains("\n"))
    return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test func anAnswerIsOneJSONObject() throws {
    let answer = Answer(
      text: "a/é\n", tokens: [Token(index: 0, id: 7, text: "a"), Token(index: 1, id: 8, text: "/é\n")])
    let object = try object(answer)
    #expect(
      Set(object.keys) == [
        "text", "token_ids", "finish_reason", "usage", "timings", "images", "model", "demonstration", "notice",
        "decoder", "trace", "as", "template",
      ])
    #expect(object["text"] as? String == "a/é\n")
    #expect(object["token_ids"] as? [Int] == [7, 8])
    #expect(object["finish_reason"] as? String == "stop_string")
    #expect(
      object["usage"] as? [String: Int] == [
        "prompt_tokens": 600, "cached_tokens": 10, "image_tokens": 576, "completion_tokens": 2,
      ])
    #expect(object["trace"] as? String == "00000000000000010000000000000002")
    #expect(object["demonstration"] as? Bool == true)
    #expect(object["notice"] as? String == ModelLocation.demonstrationNotice)
    let timings = try #require(object["timings"] as? [[String: Any]])
    #expect(timings.map { $0["stage"] as? String } == ["upload", "image encode", "decoder wait", "tokens", "total"])
    #expect(timings[4]["milliseconds"] as? Double == 100)
    let image = try #require((object["images"] as? [[String: Any]])?.first)
    #expect(image["sha256"] as? String == String(repeating: "ab", count: 32))
    #expect(image["features_sha256"] as? String == String(repeating: "01", count: 32))
    #expect(image["width"] as? Int == 640 && image["height"] as? Int == 480)
    #expect(image["policy"] as? String == "pad" && image["source"] as? String == "encoded")
    #expect(image["views"] as? Int == 1 && image["tokens"] as? Int == 576)
    #expect(image["worker"] as? String == "tcp://127.0.0.1:7601")
  }

  @Test func logProbabilitiesAreThereWhereTheyWereAskedFor() throws {
    let token = Token(
      index: 0, id: 7, text: "a", logprob: -0.5, alternatives: [Token.Alternative(id: 9, logprob: -1.5)])
    let object = try object(Answer(text: "a", tokens: [token]))
    let logprob = try #require((object["logprobs"] as? [[String: Any]])?.first)
    #expect(logprob["id"] as? Int == 7 && logprob["logprob"] as? Double == -0.5)
    #expect((logprob["alternatives"] as? [[String: Any]])?.first?["id"] as? Int == 9)
  }

  @Test func aBarBeginsWhereTheOneBeforeEnded() {
    let lines = Explanation(.fabricated, trace: trace).lines
    let bars = lines.prefix(5).map { line in line.map { "█▏".contains($0) ? "#" : "." }.joined() }
    #expect(bars[0].hasSuffix("." + "#"))
    // 1 ms of 100 in 40 columns is the first; the decoder's queue begins with the image, not after it.
    #expect(bars[1].firstIndex(of: "#") == bars[2].firstIndex(of: "#"))
    #expect(bars[3].firstIndex(of: "#") == bars[2].endIndex)
    #expect(bars[4].count { $0 == "#" } == 40)
    #expect(bars[3].count == bars[4].count)
  }

  @Test func whatWasSeenAndTheTraceAreShown() {
    let text = Explanation(.fabricated, trace: trace).lines.joined(separator: "\n")
    #expect(text.contains("640 x 480, pad, views: 1, tokens: 576, encoded by tcp://127.0.0.1:7601"))
    #expect(text.contains("sha256 abababababababab…, features 0101010101010101…"))
    #expect(text.contains("prompt 600 tokens (10 known already), answer 2 (stop_string)"))
    #expect(text.contains("trace 00000000000000010000000000000002"))
  }
}
