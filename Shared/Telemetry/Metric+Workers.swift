/// A vision worker.
extension Metric {
  /// From the demonstration model on one core to LLaVA-1.5's tower on few: a pass of four views.
  public static let visionEncodeSeconds = Metric(
    "llava_vision_encode_seconds", .histogram(bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]),
    "One pass of the tower, over the views of a batch.")
  public static let visionPrepareSeconds = Metric(
    "llava_vision_prepare_seconds",
    .histogram(bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]),
    "Decoding one image, and cutting it into views.")
  public static let visionViews = Metric("llava_vision_views_total", .counter, "Views that were encoded.")
  public static let visionViewsWaiting = Metric(
    "llava_vision_views_waiting", .gauge, "Views that wait for the tower, or are in it.")
}

/// A decoder.
extension Metric {
  public static let decoderStepSeconds = Metric(
    "llava_decoder_step_seconds",
    .histogram(bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]),
    "One step: a token for every stream, and a part of the prompts.")
  public static let decoderTokens = Metric("llava_decoder_tokens_total", .counter, "Tokens that were answered with.")
  public static let decoderPrefillTokens = Metric(
    "llava_decoder_prefill_tokens_total", .counter, "Tokens of prompts that were computed.")
  public static let decoderCachedTokens = Metric(
    "llava_decoder_cached_tokens_total", .counter, "Tokens of prompts that were known already.")
  public static let decoderDraftedTokens = Metric(
    "llava_decoder_drafted_tokens_total", .counter, "Tokens that were drafted.")
  public static let decoderAcceptedTokens = Metric(
    "llava_decoder_accepted_tokens_total", .counter, "Drafted tokens that held.")
  /// `state` is waiting or running.
  public static let decoderStreams = Metric("llava_decoder_streams", .gauge, by: ["state"], "Answers in progress.")
  /// `state` is free, referenced or cached; together they are all.
  public static let decoderBlocks = Metric(
    "llava_decoder_kv_blocks", .gauge, by: ["state"], "Blocks of KV memory: of nobody, of answers, or kept.")
  public static let decoderBlocksTotal = Metric("llava_decoder_kv_blocks_limit", .gauge, "Blocks of KV memory in all.")

  public static let decoderKeptBlocks = Metric(
    "llava_decoder_kept_blocks_total", .counter, "KV blocks of pictures that were written to disk.")
  public static let decoderRestoredBlocks = Metric(
    "llava_decoder_restored_blocks_total", .counter, "KV blocks of pictures that came back from there.")
}
