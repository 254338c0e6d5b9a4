import Testing

@testable import Checkpoint

@Suite struct GGUFNamesTests {
  static let names: [(file: String, canonical: String)] = [
    ("token_embd.weight", "language_model.embed_tokens.weight"),
    ("output_norm.weight", "language_model.norm.weight"),
    ("output.weight", "lm_head.weight"),
    ("blk.0.attn_norm.weight", "language_model.layers.0.input_layernorm.weight"),
    ("blk.1.attn_q.weight", "language_model.layers.1.self_attn.q_proj.weight"),
    ("blk.2.attn_k.weight", "language_model.layers.2.self_attn.k_proj.weight"),
    ("blk.3.attn_v.weight", "language_model.layers.3.self_attn.v_proj.weight"),
    ("blk.4.attn_output.weight", "language_model.layers.4.self_attn.o_proj.weight"),
    ("blk.5.ffn_norm.weight", "language_model.layers.5.post_attention_layernorm.weight"),
    ("blk.6.ffn_gate.weight", "language_model.layers.6.mlp.gate_proj.weight"),
    ("blk.7.ffn_up.weight", "language_model.layers.7.mlp.up_proj.weight"),
    ("blk.31.ffn_down.weight", "language_model.layers.31.mlp.down_proj.weight"),
    ("v.class_embd", "vision_tower.embeddings.class_embedding"),
    ("v.patch_embd.weight", "vision_tower.embeddings.patch_embedding.weight"),
    ("v.position_embd.weight", "vision_tower.embeddings.position_embedding.weight"),
    ("v.pre_ln.weight", "vision_tower.pre_layrnorm.weight"),
    ("v.pre_ln.bias", "vision_tower.pre_layrnorm.bias"),
    ("v.post_ln.bias", "vision_tower.post_layernorm.bias"),
    ("v.blk.0.ln1.weight", "vision_tower.encoder.layers.0.layer_norm1.weight"),
    ("v.blk.10.ln2.bias", "vision_tower.encoder.layers.10.layer_norm2.bias"),
    ("v.blk.1.attn_q.bias", "vision_tower.encoder.layers.1.self_attn.q_proj.bias"),
    ("v.blk.1.attn_k.weight", "vision_tower.encoder.layers.1.self_attn.k_proj.weight"),
    ("v.blk.1.attn_v.weight", "vision_tower.encoder.layers.1.self_attn.v_proj.weight"),
    ("v.blk.22.attn_out.weight", "vision_tower.encoder.layers.22.self_attn.out_proj.weight"),
    ("mm.0.weight", "multi_modal_projector.linear_1.weight"),
    ("mm.2.bias", "multi_modal_projector.linear_2.bias"),
    ("mm.4.weight", "multi_modal_projector.linear_3.weight"),
    ("model.image_newline", "image_newline"),
  ]

  @Test(arguments: [GGUFNames.FeedForward.upFirst, .downFirst])
  func namesGoBothWays(_ feedForward: GGUFNames.FeedForward) {
    for (file, canonical) in Self.names {
      #expect(GGUFNames.canonical(file, feedForward) == canonical)
      #expect(GGUFNames.file(canonical, feedForward) == file)
    }
  }

  @Test func theFirstMatrixOfAVisionLayerTakesItsBiasAlong() {
    for ending in ["weight", "bias"] {
      let (up, down) = ("v.blk.3.ffn_up.\(ending)", "v.blk.3.ffn_down.\(ending)")
      let layer = "vision_tower.encoder.layers.3.mlp."
      let (first, second) = ("\(layer)fc1.\(ending)", "\(layer)fc2.\(ending)")
      for (feedForward, names) in [(GGUFNames.FeedForward.upFirst, (up, down)), (.downFirst, (down, up))] {
        #expect(GGUFNames.canonical(names.0, feedForward) == first)
        #expect(GGUFNames.canonical(names.1, feedForward) == second)
        #expect(GGUFNames.file(first, feedForward) == names.0)
        #expect(GGUFNames.file(second, feedForward) == names.1)
      }
    }
  }

  @Test func theShapeOfFfnDownTellsWhichIsFirst() {
    typealias FeedForward = GGUFNames.FeedForward
    #expect(FeedForward(downShape: [4_096, 1_024], embeddingLength: 1_024) == .downFirst)
    #expect(FeedForward(downShape: [1_024, 4_096], embeddingLength: 1_024) == .upFirst)
    #expect(FeedForward(downShape: [1_024, 1_024], embeddingLength: 1_024) == .downFirst, "as llama.cpp reads it")
    #expect(FeedForward(writing: 4_096, embeddingLength: 1_024) == .upFirst)
    #expect(FeedForward(writing: 1_024, embeddingLength: 1_024) == .downFirst, "as llama.cpp reads it")
  }

  @Test func whatNoModelAsksForHasNoName() {
    let files = [
      "rope_freqs.weight", "blk.0.attn_rot_embd.weight", "blk.-1.attn_q.weight", "blk.01.attn_q.weight",
      "blk.+1.attn_q.weight", "blk.attn_q.weight", "blk.0.weight", "mm.1.weight", "mm.model.mlp.0.weight",
      "mm.-2.weight",
      "output", "v.blk.0.ffn_gate.weight", "blk.99999999999999999999.attn_q.weight", "v.class_embd.weight", "",
    ]
    for name in files { #expect(GGUFNames.canonical(name, .upFirst) == nil, "\(name)") }
    let canonical = [
      "multi_modal_projector.linear_0.weight", "multi_modal_projector.linear_x.weight",
      "language_model.layers.0.weight",
      "multi_modal_projector.linear_9223372036854775807.weight", "vision_tower.encoder.layers.0.mlp.fc3.weight",
    ]
    for name in canonical { #expect(GGUFNames.file(name, .upFirst) == nil, "\(name)") }
  }
}
