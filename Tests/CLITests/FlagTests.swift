import Contracts
import Testing

@testable import CLI

struct FlagTests {
  @Test func everySamplingFlagReachesTheRequest() throws {
    let options = try QuestionOptions.parse([
      "--temperature", "0.5", "--top-k", "7", "--top-p", "0.9", "--min-p", "0.1", "--repetition-penalty", "1.1",
      "--presence-penalty=-0.5", "--frequency-penalty", "0.25", "--seed", "18446744073709551615", "--logit-bias",
      "42=-5", "--logit-bias", "7=1.5", "--logprobs", "0", "--max-tokens", "9", "--stop", "a", "--stop", "b c",
      "--policy", "crop", "--features", "f32", "--deadline", "1500ms", "--format", "short",
    ])
    let request = options.request([Turn(.user, [.text("x")])], images: [[1, 2], [3]], model: "m")
    var sampling = Sampling()
    (sampling.temperature, sampling.topK, sampling.topP, sampling.minP) = (0.5, 7, 0.9, 0.1)
    (sampling.repetitionPenalty, sampling.presencePenalty, sampling.frequencyPenalty) = (1.1, -0.5, 0.25)
    (sampling.seed, sampling.logprobs, sampling.logitBias) = (.max, 0, [42: -5, 7: 1.5])
    #expect(
      request
        == AskRequest(
          model: "m", turns: [Turn(.user, [.text("x")])], imageByteCounts: [2, 1], policy: .crop, element: .f32,
          sampling: sampling, tokenLimit: 9, stops: ["a", "b c"]))
    #expect(options.deadline == .milliseconds(1500))
    #expect(options.format == .short)
  }

  @Test func withoutFlagsTheServicesDecide() throws {
    let request = try QuestionOptions.parse([]).request([], images: [], model: nil)
    #expect(request == AskRequest(turns: [], imageByteCounts: []))
  }

  @Test(arguments: [
    (["--deadline", "30"], "expected a duration such as 500ms, 30s or 2m, found '30'"),
    (["--logit-bias", "42:5"], "expected TOKEN=BIAS such as 42=-5, found '42:5'"),
    (["--logit-bias", "x=5"], "expected TOKEN=BIAS such as 42=-5, found 'x=5'"),
    (["--logit-bias", "1=nan"], "expected TOKEN=BIAS such as 42=-5, found '1=nan'"),
    (["--top-k", "0"], "expected a whole number from 1, found '0'"),
    (["--top-p", "1.5"], "expected a number from 0 to 1, found '1.5'"),
    (["--temperature", "warm"], "expected a number from 0, found 'warm'"),
    (["--logprobs", "1000"], "expected a whole number from 0 to 20, found '1000'"),
    (["--seed", "-1"], "--seed"),
    (["--policy", "stretch"], "expected one of pad, crop, found 'stretch'"),
    (["--format", "haiku"], "expected one of short, choice, long, found 'haiku'"),
  ])
  func aWrongFlagIsNamedWithWhatWasExpectedAndFound(arguments: [String], message: String) throws {
    let error = try #require(throws: (any Error).self) { try QuestionOptions.parse(arguments) }
    let text = QuestionOptions.fullMessage(for: error)
    #expect(text.contains(message))
    #expect(text.contains(arguments[0]))
  }

  @Test func aQuestionNeedsAPictureAndAText() {
    #expect(throws: (any Error).self) { try AskCommand.parse(["picture.png"]) }
    #expect(throws: (any Error).self) { try AskCommand.parse(["-", "-", "What?"]) }
    #expect(throws: Never.self) { try AskCommand.parse(["-", "b.png", "What?"]) }
  }

  @Test func aModelIsANameForAGatewayAndADirectoryWithoutOne() throws {
    #expect(try Destination.parse(["--model", "m"]).modelName == nil)
    #expect(try Destination.parse(["--model", "m", "--gateway", "inproc://x"]).modelName == "m")
  }
}
