import Foundation
import Testing

@testable import Checkpoint

@Suite struct ConfigurationTests {
  func configuration(_ config: String, generation: String? = nil) throws -> ModelConfiguration {
    try ModelConfiguration(
      JSONText(place: "config.json", bytes: Array(config.utf8)),
      generation: generation.map { JSONText(place: "generation_config.json", bytes: Array($0.utf8)) })
  }

  @Test func theHubs7BIsCompletedByTheDefaultsOfTransformers() throws {
    let read = try configuration(
      """
      {"architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100, "image_token_index": 32000,
       "model_type": "llava", "pad_token_id": 32001, "projector_hidden_act": "gelu",
       "text_config": {"_name_or_path": "lmsys/vicuna-7b-v1.5", "architectures": ["LlamaForCausalLM"],
         "max_position_embeddings": 4096, "model_type": "llama", "rms_norm_eps": 1e-05, "torch_dtype": "float16",
         "vocab_size": 32064},
       "tie_word_embeddings": false, "torch_dtype": "float16",
       "vision_config": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096,
         "model_type": "clip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14,
         "projection_dim": 768, "vocab_size": 32000},
       "vision_feature_layer": -2, "vision_feature_select_strategy": "default", "vocab_size": 32064}
      """)
    #expect(
      read.vision
        == VisionConfiguration(
          hiddenSize: 1_024, intermediateSize: 4_096, layerCount: 24, headCount: 16, imageSide: 336, patchSide: 14,
          layerNormEpsilon: 1e-5, activation: .quickGELU))
    #expect(
      read.language
        == LlamaConfiguration(
          hiddenSize: 4_096, intermediateSize: 11_008, layerCount: 32, headCount: 32, keyValueHeadCount: 32,
          headSize: 128, contextLength: 4_096, rmsNormEpsilon: 1e-5, ropeTheta: 10_000, vocabularySize: 32_064,
          tiesEmbeddings: false))
    #expect(read.projector == ProjectorConfiguration(layerCount: 2, activation: .gelu, hasBias: true))
    #expect(read.usedVisionLayerCount == 23 && read.featureCount == 576 && read.selectStrategy == .default)
    #expect(read.imageTokenID == 32_000 && read.padTokenID == 32_001)
    #expect(read.beginningOfSequenceID == 1 && read.endOfSequenceIDs == [2])
  }

  @Test func aConfigurationOfNothingIsLLaVAsDefault() throws {
    let read = try configuration(#"{"model_type": "llava", "text_config": {}}"#)
    #expect(read.vision.hiddenSize == 1_024 && read.vision.layerCount == 24 && read.vision.imageSide == 336)
    #expect(read.language.contextLength == 2_048 && read.language.rmsNormEpsilon == 1e-6)
    #expect(read.imageTokenID == 32_000 && read.padTokenID == nil && read.featureLayers == [23])
    let clip = try configuration(#"{"model_type": "llava", "vision_config": {}}"#).vision
    #expect(clip.hiddenSize == 768 && clip.layerCount == 12 && clip.patchSide == 32 && clip.imageSide == 224)
  }

  @Test func theGoldenModelsNewerSpellingsAreRead() throws {
    let read = try Checkpoint(ModelPaths(Fixtures.tiny)).configuration
    #expect(read.language.headCount == 4 && read.language.keyValueHeadCount == 2 && read.language.headSize == 32)
    #expect(read.language.ropeTheta == 10_000 && read.vision.layerCount == 4 && read.usedVisionLayerCount == 3)
    #expect(read.imageTokenID == 300 && read.padTokenID == 301)
    let newer = try configuration(
      #"{"model_type": "llava", "image_token_id": 7, "text_config": {"rope_parameters": {"rope_theta": 5e5}}}"#)
    #expect(newer.imageTokenID == 7 && newer.language.ropeTheta == 500_000)
  }

  @Test func mistralsContextEndsAtItsWindow() throws {
    let read = try configuration(
      #"{"model_type": "llava", "text_config": {"model_type": "mistral", "sliding_window": 4096, "head_dim": null}}"#)
    #expect(read.language.contextLength == 4_096 && read.language.keyValueHeadCount == 8)
    #expect(read.language.intermediateSize == 14_336)
    let open = try configuration(
      #"{"model_type": "llava", "text_config": {"model_type": "mistral", "max_position_embeddings": 32768}}"#)
    #expect(open.language.contextLength == 32_768)
  }

  @Test func theGenerationFileSaysWhereAnswersEnd() throws {
    let config = #"{"model_type": "llava", "text_config": {"eos_token_id": 5, "bos_token_id": 4}}"#
    #expect(try configuration(config).endOfSequenceIDs == [5])
    let read = try configuration(
      config, generation: #"{"eos_token_id": [7, 8], "bos_token_id": 6, "pad_token_id": -1}"#)
    #expect(read.endOfSequenceIDs == [7, 8] && read.beginningOfSequenceID == 6 && read.padTokenID == nil)
  }

  @Test func aFeatureLayerCountsTheHiddenStates() throws {
    for (written, used) in [("-1", 24), ("-2", 23), ("-25", 0), ("0", 0), ("24", 24), ("[-3]", 22)] {
      let read = try configuration(#"{"model_type":"llava","text_config":{},"vision_feature_layer":\#(written)}"#)
      #expect(read.usedVisionLayerCount == used, "\(written)")
    }
    let several = try configuration(
      #"{"model_type":"llava","text_config":{},"vision_feature_layer":[-2,-5]}"#)
    #expect(several.featureLayers == [23, 20] && several.featureWidth == 2_048)
    let full = try configuration(
      #"{"model_type": "llava", "text_config": {}, "vision_feature_select_strategy": "full"}"#)
    #expect(full.featureCount == 577)
  }

  @Test(arguments: [
    (#""model_type": "llava_onevision""#, "model_type"),
    (#""model_type": null"#, "model_type"),
    (#""text_config": null"#, "text_config"),
    (#""quantization_config": {"bits": 4}"#, "quantization_config"),
    (#""projector_hidden_act": "relu""#, "projector_hidden_act"),
    (#""vision_feature_select_strategy": "cls""#, "vision_feature_select_strategy"),
    (#""text_config": {"model_type": "qwen2"}"#, "text_config.model_type"),
    (#""text_config": {"hidden_act": "gelu"}"#, "text_config.hidden_act"),
    (#""text_config": {"attention_bias": true}"#, "text_config.attention_bias"),
    (#""text_config": {"mlp_bias": true}"#, "text_config.mlp_bias"),
    (#""text_config": {"rope_scaling": {"type": "linear", "factor": 2}}"#, "text_config.rope_scaling"),
    (#""text_config": {"rope_scaling": {"rope_type": "llama3"}}"#, "text_config.rope_scaling"),
    (#""text_config": {"rope_parameters": {"rope_type": "yarn"}}"#, "text_config.rope_parameters"),
    (#""text_config": {"rope_parameters": {"partial_rotary_factor": 0.5}}"#, "partial_rotary_factor"),
    (#""vision_config": {"model_type": "siglip_vision_model"}"#, "vision_config.model_type"),
    (#""vision_config": {"hidden_act": "relu"}"#, "vision_config.hidden_act"),
    (#""vision_config": {"num_channels": 4}"#, "vision_config.num_channels"),
  ])
  func aModelOfAnotherKindIsUnsupportedByField(field: String, words: String) {
    let isTop = field.hasPrefix(#""model_type""#)
    let whole =
      #""model_type": "llava", "image_token_index": 7"# + (field.contains("text_config") ? "" : #", "text_config": {}"#)
    let config = isTop ? "{\(field)}" : "{\(whole), \(field)}"
    let error = #expect(throws: CheckpointError.self) { try configuration(config) }
    #expect(error?.code == .unsupportedModel)
    for words in [words, "config.json", "expected", "found"] { #expect(error?.message.contains(words) == true) }
  }

  @Test(arguments: [
    (#""text_config": {"num_attention_heads": 0}"#, "text_config.num_attention_heads"),
    (#""text_config": {"num_attention_heads": -1}"#, "text_config.num_attention_heads"),
    (#""text_config": {"num_attention_heads": 3}"#, "text_config.num_attention_heads"),
    (#""text_config": {"num_key_value_heads": 3}"#, "text_config.num_key_value_heads"),
    (#""text_config": {"head_dim": 33}"#, "text_config.head_dim"),
    (#""text_config": {"hidden_size": 9223372036854775807}"#, "text_config.hidden_size"),
    (#""text_config": {"hidden_size": "4096"}"#, "text_config.hidden_size"),
    (#""text_config": {"hidden_size": 0.5}"#, "every number fits"),
    (#""text_config": {"num_hidden_layers": 1025}"#, "text_config.num_hidden_layers"),
    (#""text_config": {"rms_norm_eps": 0}"#, "text_config.rms_norm_eps"),
    (#""text_config": {"rope_theta": -1}"#, "text_config.rope_theta"),
    (#""text_config": {"vocab_size": 0}"#, "text_config.vocab_size"),
    (#""text_config": {"max_position_embeddings": 0}"#, "text_config.max_position_embeddings"),
    (#""text_config": 5"#, "text_config"),
    (#""vision_config": {"hidden_size": 100}"#, "vision_config.num_attention_heads"),
    (#""vision_config": {"patch_size": 13}"#, "vision_config.patch_size"),
    (#""vision_config": {"patch_size": 0}"#, "vision_config.patch_size"),
    (#""vision_config": {"image_size": 100000}"#, "vision_config.image_size"),
    (#""vision_config": {}, "vision_feature_layer": 13"#, "vision_feature_layer"),
    (#""vision_config": {}, "vision_feature_layer": -14"#, "vision_feature_layer"),
    (#""vision_config": {}, "vision_feature_layer": -9223372036854775808"#, "vision_feature_layer"),
    (#""vision_config": {}, "image_token_index": -7"#, "image_token_index"),
    (#""vision_config": {}, "image_token_index": 2147483648"#, "image_token_index"),
    (#""vision_config": {}, "eos_token_id": "2""#, "eos_token_id"),
    (#""vision_config": {}"# + "}", "config.json"),
  ])
  func aValueOutOfBoundsIsMalformedByField(field: String, words: String) {
    let error = #expect(throws: CheckpointError.self) { try configuration(#"{"model_type": "llava", \#(field)}"#) }
    #expect(
      error?.code == .malformed && error?.message.contains(words) == true,
      "\(error?.description ?? "no error"), not \(words)")
  }
}
