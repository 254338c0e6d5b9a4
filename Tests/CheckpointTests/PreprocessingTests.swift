import Testing

@testable import Checkpoint

@Suite struct PreprocessingTests {
  func preprocessing(_ text: String?, processor: String? = nil) throws -> PreprocessingConfiguration {
    try PreprocessingConfiguration(
      preprocessor: text.map { JSONText(place: "preprocessor_config.json", bytes: Array($0.utf8)) },
      processor: processor.map { JSONText(place: "processor_config.json", bytes: Array($0.utf8)) }, towerSide: 336)
  }

  @Test func theDemonstrationModelPads() throws {
    let read = try Checkpoint(ModelPaths(Fixtures.demo)).preprocessing
    #expect(read.side == 336 && read.padsToSquare == true)
    #expect(read.mean == [0.48145466, 0.4578275, 0.40821073])
    #expect(read.standardDeviation == [0.26862954, 0.26130258, 0.27577711])
  }

  @Test func aSilentDirectoryMeansCLIPs() throws {
    let read = try preprocessing(nil)
    #expect(read == (try preprocessing("{}")) && read.padsToSquare == nil && read.side == 336)
    #expect(read.mean == [0.48145466, 0.4578275, 0.40821073])
  }

  @Test func everySpellingOfTheSideAndOfPaddingIsRead() throws {
    for side in [
      #""crop_size": 336"#, #""crop_size": {"height": 336, "width": 336}"#, #""size": {"shortest_edge": 336}"#,
      #""do_center_crop": false, "crop_size": 224, "size": {"height": 336, "width": 336}"#,
    ] { #expect(try preprocessing("{\(side)}").side == 336, "\(side)") }
    for (text, pads) in [
      (#""do_pad": true"#, true), (#""do_pad": false, "image_aspect_ratio": "pad""#, false),
      (#""image_aspect_ratio": "pad""#, true), (#""image_aspect_ratio": "square""#, false),
    ] { #expect(try preprocessing("{\(text)}").padsToSquare == pads, "\(text)") }
    let nested = try preprocessing(
      nil, processor: #"{"image_processor": {"do_pad": true, "image_mean": [0.5, 0.5, 0.5]}}"#)
    #expect(nested.padsToSquare == true && nested.mean == [0.5, 0.5, 0.5])
  }

  @Test(arguments: [
    (#""crop_size": 224"#, CheckpointError.Code.unsupportedModel, "crop_size"),
    (#""crop_size": {"height": 336, "width": 224}"#, .unsupportedModel, "336 x 224"),
    (#""do_normalize": false"#, .unsupportedModel, "do_normalize"),
    (#""resample": 2"#, .unsupportedModel, "resample"),
    (#""image_mean": [0.5]"#, .malformed, "image_mean"),
    (#""image_std": [0.5, 0.5, 0]"#, .malformed, "image_std"),
    (#""image_std": "x""#, .malformed, "image_std"),
    (#""crop_size": [336]"#, .malformed, "crop_size"),
  ])
  func whatIsNotComputedIsNamed(field: String, code: CheckpointError.Code, words: String) {
    let error = #expect(throws: CheckpointError.self) { try preprocessing("{\(field)}") }
    #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.description ?? "no error")")
  }
}
