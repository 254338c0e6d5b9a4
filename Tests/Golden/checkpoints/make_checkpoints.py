"""Tiny LLaVA-1.5 checkpoints with random weights, in the shapes that people have, and what transformers makes of them.

usage: python make_checkpoints.py     (in this folder; torch, transformers, sentencepiece, gguf, safetensors, pillow)

Each folder is a checkpoint with its `golden.json` and `golden.safetensors`; README.md says what is in them.
"""
import copy
import json
import os
import shutil

import gguf
import numpy as np
import sentencepiece
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import (CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlamaTokenizer, MistralConfig)

torch.manual_seed(0)
torch.use_deterministic_algorithms(True)
HERE = os.path.dirname(os.path.abspath(__file__))
SIDE, PATCH, PIECES, ROWS = 42, 14, 300, 320
IMAGE, PAD = PIECES, PIECES + 1
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
QUESTION = "What is shown in this image?"
SYSTEM = ("A chat between a curious user and an artificial intelligence assistant. "
          "The assistant gives helpful, detailed, and polite answers to the user's questions.")
TEMPLATE = open(os.path.join(HERE, "llava_hf.jinja")).read()


def path(*names):
    return os.path.join(HERE, *names)


# --- the picture and the vocabulary -----------------------------------------------------------------------------------

def make_picture():
    y, x = np.mgrid[0:40, 0:60]
    channels = [128 + 100 * np.sin(x / 9 + c) * np.cos(y / (5 + c)) + 10 * c for c in range(3)]
    Image.fromarray(np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)).save(path("picture.png"))


def pixels(crop=False):
    picture = Image.open(path("picture.png")).convert("RGB")
    if crop:  # CLIPImageProcessor: the shorter side to 42, the middle of the longer
        width = int(SIDE * 60 / 40)
        picture = picture.resize((width, SIDE), Image.BICUBIC)
        left = (width - SIDE) // 2
        picture = picture.crop((left, 0, left + SIDE, SIDE))
    else:
        square = Image.new("RGB", (60, 60), tuple(int(m * 255) for m in MEAN))
        square.paste(picture, (0, 10))
        picture = square.resize((SIDE, SIDE), Image.BICUBIC)
    values = np.asarray(picture, np.float32) / np.float32(255)
    values = (values - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(values.transpose(2, 0, 1).copy())[None]


def make_tokenizer():
    text = path("text.tmp")
    open(text, "w").write((SYSTEM + " USER: " + QUESTION + " ASSISTANT: the a of and\n") * 50)
    sentencepiece.SentencePieceTrainer.train(
        input=text, model_prefix=path("tokenizer"), model_type="bpe", vocab_size=PIECES, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True, unk_id=0, bos_id=1,
        eos_id=2, pad_id=-1, minloglevel=2, character_coverage=1.0, num_threads=1, hard_vocab_limit=True)
    os.remove(text)
    os.remove(path("tokenizer.vocab"))


def tokenizer_files(folder, image_tokens=True):
    shutil.copy(path("tokenizer.model"), path(folder, "tokenizer.model"))
    config = {"tokenizer_class": "LlamaTokenizer", "legacy": False, "add_bos_token": True, "add_eos_token": False,
              "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "padding_side": "left"}
    if image_tokens:
        added = {"<image>": IMAGE, "<pad>": PAD}
        config["pad_token"] = "<pad>"
        config["added_tokens_decoder"] = {
            str(i): {"content": c, "special": True, "lstrip": False, "rstrip": False, "normalized": False,
                     "single_word": False} for c, i in added.items()}
        dump(folder, "added_tokens.json", added)
    dump(folder, "tokenizer_config.json", config)


def dump(folder, name, value):
    json.dump(value, open(path(folder, name), "w"), indent=1)


def original_ids(model):
    """`tokenizer_image_token`: pieces around the image, each encoded by itself; -200 is the image."""
    before, after = f"{SYSTEM} USER: ", f"\n{QUESTION} ASSISTANT:"
    return [1] + model.encode(before) + [-200] + model.encode(after)


# --- models ------------------------------------------------------------------------------------------------------------

def config(text=None, vision=None, **other):
    text_class = MistralConfig if (text or {}).get("model_type") == "mistral" else LlamaConfig
    text = {k: v for k, v in (text or {}).items() if k != "model_type"}
    return LlavaConfig(
        vision_config=CLIPVisionConfig(**{**dict(
            hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=2, image_size=SIDE,
            patch_size=PATCH, projection_dim=16), **(vision or {})}),
        text_config=text_class(**{**dict(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4,
            vocab_size=ROWS, max_position_embeddings=256, rms_norm_eps=1e-5, pad_token_id=PAD), **text}),
        image_token_index=IMAGE, pad_token_id=PAD, **{**dict(
            vision_feature_layer=-2, vision_feature_select_strategy="default", projector_hidden_act="gelu",
            image_seq_length=9), **other})


def make_model(config, seed, scale=0.25):
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration._from_config(config, attn_implementation="eager").float().eval()
    for name, tensor in model.named_parameters():
        with torch.no_grad():
            if "norm" in name and name.endswith("weight"):
                tensor.copy_(1 + 0.1 * torch.randn_like(tensor))
            elif name.endswith("bias"):
                tensor.copy_(0.1 * torch.randn_like(tensor))
            else:
                tensor.copy_(scale * torch.randn_like(tensor) if "embed" not in name else torch.randn_like(tensor))
    return model


@torch.no_grad()
def features_of(model, config, values):
    states = model.model.vision_tower(values, output_hidden_states=True).hidden_states
    layers = config.vision_feature_layer
    layers = layers if isinstance(layers, (list, tuple)) else [layers]
    first = 1 if config.vision_feature_select_strategy == "default" else 0
    return torch.cat([states[layer][:, first:] for layer in layers], -1)


@torch.no_grad()
def run(model, config, values, ids, projector=None, steps=24):
    """Features, projection, the last position's logits and 24 greedy ids among those that a server may say."""
    features = features_of(model, config, values)
    projected = (projector or model.model.multi_modal_projector)(features)
    table = model.model.language_model.embed_tokens
    rows = [table(torch.tensor([[i]])) if i != -200 else projected for i in ids]
    x = torch.cat(rows, 1)
    logits, greedy, gap, cache = None, [], float("inf"), None
    for _ in range(steps):
        out = model.model.language_model(inputs_embeds=x, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        step = model.lm_head(out.last_hidden_state[0, -1])
        if logits is None:
            logits = step
        allowed = step[:PIECES].float()
        best = torch.topk(allowed, 2)
        gap = min(gap, float(best.values[0] - best.values[1]))
        greedy.append(int(best.indices[0]))
        x = table(best.indices[:1][None])
    return dict(features=features[0], projected=projected[0], logits=logits), greedy, gap


def search(make, ids, values, projector=None):
    """The first seed whose answer neither ends, nor hangs, nor stands on a knife's edge."""
    for seed in range(1000):
        model, cfg = make(seed)
        arrays, greedy, gap = run(model, cfg, values, ids, projector(seed) if projector else None)
        if gap > 5e-3 and 2 not in greedy and len(set(greedy)) > 6:
            return model, cfg, seed
    raise SystemExit("no seed")


def golden(folder, ids, arrays, greedy, gap, other=None, more=None):
    dump(folder, "golden.json", {"input_ids": ids, "greedy_ids": greedy, "smallest_gap": gap, **(other or {})})
    save_file({k: v.float().contiguous() for k, v in {**arrays, **(more or {})}.items()},
              path(folder, "golden.safetensors"))


def fresh(folder):
    shutil.rmtree(path(folder), ignore_errors=True)
    os.makedirs(path(folder))


# --- names -------------------------------------------------------------------------------------------------------------

def named(model, naming):
    """The state dict of transformers 5 in another naming."""
    beginnings = {
        "A": [("model.vision_tower.", "vision_tower.vision_model."), ("model.multi_modal_projector.", "multi_modal_projector."),
              ("model.language_model.", "language_model.model."), ("lm_head.", "language_model.lm_head.")],
        "B": [("model.vision_tower.", "model.vision_tower.vision_model.")],
        "D": [],
        "E": [("model.vision_tower.", None), ("model.multi_modal_projector.linear_1.", "model.mm_projector.0."),
              ("model.multi_modal_projector.linear_2.", "model.mm_projector.2."), ("model.language_model.", "model.")],
        "F": [("model.vision_tower.", "model.vision_tower.vision_tower.vision_model."),
              ("model.multi_modal_projector.linear_1.", "model.mm_projector.0."),
              ("model.multi_modal_projector.linear_2.", "model.mm_projector.2."), ("model.language_model.", "model.")],
    }[naming]
    tensors = {}
    for name, tensor in model.state_dict().items():
        if model.config.text_config.tie_word_embeddings and name == "lm_head.weight":
            continue
        name = name.replace("vision_tower.vision_model.", "vision_tower.")
        for old, new in beginnings:
            if name.startswith(old):
                name = None if new is None else new + name[len(old):]
                break
        if name is not None:
            tensors[name] = tensor.contiguous().clone()
    return tensors


def hub_config(cfg):
    """config.json as the hub's files have it; the names of fields are those of transformers."""
    text, vision = cfg.text_config, cfg.vision_config
    value = {
        "architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "image_token_index": IMAGE,
        "pad_token_id": PAD, "ignore_index": -100, "projector_hidden_act": cfg.projector_hidden_act,
        "vision_feature_layer": cfg.vision_feature_layer, "tie_word_embeddings": bool(text.tie_word_embeddings),
        "vision_feature_select_strategy": cfg.vision_feature_select_strategy,
        "text_config": {k: getattr(text, k) for k in (
            "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "num_key_value_heads", "vocab_size", "max_position_embeddings", "rms_norm_eps", "hidden_act",
            "tie_word_embeddings")},
        "vision_config": {k: getattr(vision, k) for k in (
            "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size",
            "patch_size", "projection_dim")},
    }
    if text.model_type == "mistral":
        value["text_config"]["sliding_window"] = text.sliding_window
    theta = text.rope_parameters["rope_theta"]
    if theta != 10000.0:
        value["text_config"]["rope_parameters"] = {"rope_theta": theta, "rope_type": "default"}
    return value


def hub_files(folder, cfg):
    dump(folder, "config.json", hub_config(cfg))
    tokenizer_files(folder)
    dump(folder, "generation_config.json", {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": PAD})
    dump(folder, "preprocessor_config.json", {
        "image_processor_type": "CLIPImageProcessor", "do_resize": True, "size": {"shortest_edge": SIDE}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE}, "do_rescale": True,
        "rescale_factor": 0.00392156862745098, "do_normalize": True, "image_mean": MEAN, "image_std": STD,
        "do_convert_rgb": True, "processor_class": "LlavaProcessor"})
    dump(folder, "processor_config.json", {
        "processor_class": "LlavaProcessor", "image_token": "<image>", "patch_size": PATCH,
        "num_additional_image_tokens": 1, "vision_feature_select_strategy": cfg.vision_feature_select_strategy})
    open(path(folder, "chat_template.jinja"), "w").write(TEMPLATE)


def shards(folder, tensors, save, stem, ending):
    names = sorted(tensors)
    half = len(names) // 2
    placed = {}
    for number, part in enumerate([names[:half], names[half:]], 1):
        file = f"{stem}-{number:05d}-of-00002.{ending}"
        save({n: tensors[n] for n in part}, path(folder, file))
        placed.update({n: file for n in part})
    dump(folder, f"{stem}.{ending}.index.json", {"metadata": {"total_size": sum(
        t.numel() * t.element_size() for t in tensors.values())}, "weight_map": placed})


def rounded(model, dtype, tower=True):
    """In the precision of `dtype`, as fp32; the tower too, unless it is published apart."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tower or "vision_tower" not in name:
                tensor.copy_(tensor.to(dtype).float())
    return model


# --- the variants --------------------------------------------------------------------------------------------------------

def transformers_behaviour(folder, model, cfg):
    """What transformers' own processor makes of the same question: its template, its tokenizer, cropped pixels."""
    tokenizer = LlamaTokenizer.from_pretrained(path(folder))  # the class that tokenizer_config.json names
    text = f"USER: <image>\n{QUESTION} ASSISTANT:"
    ids = tokenizer(text)["input_ids"]
    ids = [-200 if i == IMAGE else i for i in ids]
    arrays, greedy, gap = run(model, cfg, pixels(crop=True), ids)
    return {"transformers": {"input_ids": ids, "greedy_ids": greedy, "smallest_gap": gap}}, {
        "transformers_features": arrays["features"]}


def hub_variant(folder, model, cfg, dtype=torch.float32, naming="A", save="one", behaviour=True):
    fresh(folder)
    hub_files(folder, cfg)
    reference = rounded(model, dtype)
    tensors = {n: t.to(dtype) for n, t in named(reference, naming).items()}
    if save == "one":
        save_file(tensors, path(folder, "model.safetensors"), metadata={"format": "pt"})
    elif save == "shards":
        shards(folder, tensors, lambda t, p: save_file(t, p, metadata={"format": "pt"}), "model", "safetensors")
    else:
        shards(folder, tensors, torch.save, "pytorch_model", "bin")
    arrays, greedy, gap = run(reference, cfg, pixels(), IDS)
    other, more = transformers_behaviour(folder, reference, cfg) if behaviour else ({}, {})
    golden(folder, IDS, arrays, greedy, gap, other, more)


def version5_variant(folder, model, cfg):
    """Saved by transformers 5 itself, in bf16; with the results of bf16 arithmetic besides."""
    fresh(folder)
    reference = rounded(model, torch.bfloat16)
    half = copy.deepcopy(reference).to(torch.bfloat16)
    hub_files(folder, cfg)
    os.remove(path(folder, "config.json"))
    half.save_pretrained(path(folder))
    dump(folder, "generation_config.json", {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": PAD})
    arrays, greedy, gap = run(reference, cfg, pixels(), IDS)
    narrow, _, _ = run(half, cfg, pixels().to(torch.bfloat16), IDS, steps=1)
    golden(folder, IDS, arrays, greedy, gap, None, {"bf16_features": narrow["features"], "bf16_logits": narrow["logits"]})


def original_config(cfg, projector="mlp2x_gelu"):
    text = cfg.text_config
    return {
        "architectures": ["LlavaLlamaForCausalLM"], "model_type": "llava", "hidden_size": text.hidden_size,
        "intermediate_size": text.intermediate_size, "num_hidden_layers": text.num_hidden_layers,
        "num_attention_heads": text.num_attention_heads, "num_key_value_heads": text.num_key_value_heads,
        "max_position_embeddings": text.max_position_embeddings, "rms_norm_eps": text.rms_norm_eps,
        "rope_scaling": None, "vocab_size": PIECES, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        "tie_word_embeddings": False, "torch_dtype": "float32", "hidden_act": "silu", "image_aspect_ratio": "pad",
        "mm_hidden_size": 32, "mm_projector_type": projector, "mm_use_im_start_end": False,
        "mm_use_im_patch_token": False, "mm_vision_select_feature": "patch", "mm_vision_select_layer": -2,
        "mm_vision_tower": "openai/clip-vit-large-patch14-336", "tokenizer_model_max_length": 2048,
        "tokenizer_padding_side": "right"}


def original_variant(folder, model, cfg, naming="E", projector=None, kind="mlp2x_gelu"):
    fresh(folder)
    dump(folder, "config.json", original_config(cfg, kind))
    dump(folder, "generation_config.json", {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "max_length": 4096})
    tokenizer_files(folder, image_tokens=False)
    model = rounded(model, torch.float16, tower=naming == "F")
    projector = rounded(projector, torch.float16) if projector is not None else None
    tensors = named(model, naming)
    for name in ["model.embed_tokens.weight", "lm_head.weight"]:
        tensors[name] = tensors[name][:PIECES].clone()
    if projector is not None:
        tensors = {n: t for n, t in tensors.items() if ".mm_projector." not in n}
        for name, tensor in projector.state_dict().items():
            tensors[f"model.mm_projector.{name}"] = tensor.clone()
    tensors = {name: tensor.half() for name, tensor in tensors.items()}
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    shards(folder, tensors, torch.save, "pytorch_model", "bin")
    arrays, greedy, gap = run(model, cfg, pixels(), IDS, projector)
    arrays["logits"] = arrays["logits"][:PIECES]
    golden(folder, IDS, arrays, greedy, gap)


def clip_tower(folder, model, cfg):
    fresh(folder)
    vision = hub_config(cfg)["vision_config"]
    dump(folder, "config.json", {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 16, "logit_scale_init_value": 2.6592,
        "text_config": {"model_type": "clip_text_model", "hidden_size": 16, "num_hidden_layers": 1},
        "vision_config": vision})
    tensors = {}
    for name, tensor in named(model, "A").items():
        if name.startswith("vision_tower."):
            tensors[name.removeprefix("vision_tower.")] = tensor
    tensors["vision_model.embeddings.position_ids"] = torch.arange(10)[None]
    tensors["text_model.final_layer_norm.weight"] = torch.ones(16)
    tensors["logit_scale"] = torch.tensor(2.6592)
    tensors["visual_projection.weight"] = torch.zeros(16, 32)
    torch.save(tensors, path(folder, "pytorch_model.bin"))
    dump(folder, "preprocessor_config.json", {
        "crop_size": SIDE, "do_center_crop": True, "do_normalize": True, "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": MEAN, "image_std": STD, "resample": 3,
        "size": SIDE})


def permuted(weight, heads):
    """llama.cpp's order of the rows of queries and keys."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def gguf_variant(folder, model, cfg, kind, legacy=False):
    fresh(folder)
    text, vision = cfg.text_config, cfg.vision_config
    types = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
             "q8_0": gguf.GGMLQuantizationType.Q8_0}
    reference = copy.deepcopy(model)
    state = reference.state_dict()

    def add(writer, name, source, quantized, permute=None):
        tensor = state[source]
        values = tensor.numpy().astype(np.float32)
        if permute:
            values = permuted(values, permute)
        quantized = gguf.GGMLQuantizationType.F32 if values.ndim < 2 else quantized
        stored = gguf.quants.quantize(values, quantized)
        writer.add_tensor(name, stored, raw_dtype=quantized)
        back = gguf.quants.dequantize(stored, quantized).reshape(values.shape)
        if permute:  # back to the order of the model
            half = values.shape[0] // permute // 2
            back = back.reshape(permute, half, 2, -1).swapaxes(1, 2).reshape(values.shape)
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(back.copy()))

    llm = gguf.GGUFWriter(path(folder, "model.gguf"), "llama")
    llm.add_name("tiny")
    llm.add_context_length(text.max_position_embeddings)
    llm.add_embedding_length(text.hidden_size)
    llm.add_block_count(text.num_hidden_layers)
    llm.add_feed_forward_length(text.intermediate_size)
    llm.add_rope_dimension_count(text.hidden_size // text.num_attention_heads)
    llm.add_head_count(text.num_attention_heads)
    llm.add_head_count_kv(text.num_key_value_heads)
    llm.add_layer_norm_rms_eps(text.rms_norm_eps)
    llm.add_vocab_size(ROWS)
    names = [MODEL.id_to_piece(i) for i in range(PIECES)] + ["<image>", "<pad>"]
    names += [f"[PAD{i}]" for i in range(len(names), ROWS)]
    kinds = [2 if MODEL.is_unknown(i) else 3 if MODEL.is_control(i) else 6 if MODEL.is_byte(i) else 1 for i in range(PIECES)]
    llm.add_tokenizer_model("llama")
    llm.add_tokenizer_pre("default")
    llm.add_token_list(names)
    llm.add_token_scores([MODEL.get_score(i) for i in range(PIECES)] + [-1000.0] * (ROWS - PIECES))
    llm.add_token_types(kinds + [4, 3] + [5] * (ROWS - PIECES - 2))
    llm.add_bos_token_id(1)
    llm.add_eos_token_id(2)
    llm.add_unk_token_id(0)
    llm.add_pad_token_id(PAD)
    own = types[kind]
    add(llm, "token_embd.weight", "model.language_model.embed_tokens.weight", own)
    add(llm, "output_norm.weight", "model.language_model.norm.weight", own)
    add(llm, "output.weight", "lm_head.weight", own)
    for i in range(text.num_hidden_layers):
        layer = f"model.language_model.layers.{i}."
        for theirs, ours in [("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"),
                             ("attn_v", "self_attn.v_proj"), ("attn_output", "self_attn.o_proj"),
                             ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"), ("ffn_down", "mlp.down_proj")]:
            add(llm, f"blk.{i}.{theirs}.weight", f"{layer}{ours}.weight", own)
        add(llm, f"blk.{i}.attn_q.weight", layer + "self_attn.q_proj.weight", own, text.num_attention_heads)
        add(llm, f"blk.{i}.attn_k.weight", layer + "self_attn.k_proj.weight", own, text.num_key_value_heads)
    write(llm)

    clip = gguf.GGUFWriter(path(folder, "mmproj.gguf"), "clip")
    clip.add_bool("clip.has_text_encoder", False)
    clip.add_bool("clip.has_vision_encoder", True)
    clip.add_bool("clip.has_llava_projector", True)
    if not legacy:
        clip.add_string("clip.projector_type", "mlp")
    for key, value in [("image_size", SIDE), ("patch_size", PATCH), ("embedding_length", vision.hidden_size),
                       ("feed_forward_length", vision.intermediate_size), ("projection_dim", 16), ("block_count", 2),
                       ("attention.head_count", vision.num_attention_heads)]:
        clip.add_uint32(f"clip.vision.{key}", value)
    clip.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    clip.add_array("clip.vision.image_mean", MEAN)
    clip.add_array("clip.vision.image_std", STD)
    clip.add_bool("clip.use_gelu", False)
    tower = "model.vision_tower." if "model.vision_tower.pre_layrnorm.weight" in state else "model.vision_tower.vision_model."
    wide = types["f32" if kind == "f32" else "f16"]
    add(clip, "v.class_embd", tower + "embeddings.class_embedding", wide)
    add(clip, "v.patch_embd.weight", tower + "embeddings.patch_embedding.weight", wide)
    add(clip, "v.position_embd.weight", tower + "embeddings.position_embedding.weight", types["f32"])
    up, down = ("ffn_down", "ffn_up") if legacy else ("ffn_up", "ffn_down")
    parts = [("pre_ln", "pre_layrnorm")]
    for i in range(2):
        parts += [(f"blk.{i}.{a}", f"encoder.layers.{i}.{b}") for a, b in [
            ("ln1", "layer_norm1"), ("ln2", "layer_norm2"), ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"), ("attn_out", "self_attn.out_proj"), (up, "mlp.fc1"), (down, "mlp.fc2")]]
    for theirs, ours in parts:
        for ending in ["weight", "bias"]:
            add(clip, f"v.{theirs}.{ending}", f"{tower}{ours}.{ending}", wide)
    for module, linear in [(0, "linear_1"), (2, "linear_2")]:
        for ending in ["weight", "bias"]:
            add(clip, f"mm.{module}.{ending}", f"model.multi_modal_projector.{linear}.{ending}", wide)
    write(clip)
    arrays, greedy, gap = run(reference, cfg, pixels(), IDS)
    golden(folder, IDS, arrays, greedy, gap)


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def deeper(depth):
    """A projector of another depth, made from a seed."""
    def make(seed):
        torch.manual_seed(seed + 77)
        layers = [torch.nn.Linear(32, 32)]
        for _ in range(depth - 1):
            layers += [torch.nn.GELU(), torch.nn.Linear(32, 32)]
        module = torch.nn.Sequential(*layers) if depth > 1 else layers[0]
        for tensor in module.parameters():
            tensor.data.copy_(0.25 * torch.randn_like(tensor))
        return module
    return make


def main():
    global MODEL, IDS
    make_picture()
    make_tokenizer()
    MODEL = sentencepiece.SentencePieceProcessor(model_file=path("tokenizer.model"))
    assert MODEL.get_piece_size() == PIECES
    IDS = original_ids(MODEL)
    base, cfg, seed = search(lambda s: (make_model(config(), s), config()), IDS, pixels())
    print("hf", seed)
    hub_variant("hf", base, cfg)
    hub_variant("hf-sharded", base, cfg, torch.float16, save="shards")
    hub_variant("hf-bin", base, cfg, torch.float16, save="bin")
    # Small enough that bf16 arithmetic does not drown in its own rounding.
    calm, _, seed = search(lambda s: (make_model(config(), s, 0.15), config()), IDS, pixels())
    print("hf-v5", seed)
    version5_variant("hf-v5", calm, cfg)
    original_variant("original", base, cfg)
    original_variant("original-unfrozen", base, cfg, naming="F")
    clip_tower("clip", base, cfg)
    for kind in ["f32", "f16", "q8_0"]:
        gguf_variant(f"gguf-{kind}", base, cfg, kind)
    gguf_variant("gguf-legacy", base, cfg, "f16", legacy=True)
    for depth, folder, kind in [(1, "original-linear", "linear"), (3, "original-mlp3x", "mlp3x_gelu")]:
        model, own, seed = search(lambda s: (base, cfg), IDS, pixels(), deeper(depth))
        original_variant(folder, base, cfg, projector=deeper(depth)(seed), kind=kind)
    variants = {
        "mistral": dict(text=dict(model_type="mistral", num_key_value_heads=2, sliding_window=4096)),
        "gqa": dict(text=dict(num_key_value_heads=1)),
        "silu-projector": dict(projector_hidden_act="silu"), "layer-3": dict(vision_feature_layer=-3),
        "layers-list": dict(vision_feature_layer=[-2, -3]),
        "full": dict(vision_feature_select_strategy="full", image_seq_length=10),
        "rope-theta": dict(text=dict(rope_parameters={"rope_theta": 500000.0, "rope_type": "default"})),
        "tied": dict(text=dict(tie_word_embeddings=True), tie_word_embeddings=True),
    }
    for folder, changes in variants.items():
        model, own, seed = search(lambda s: (make_model(config(**changes), s), config(**changes)), IDS, pixels())
        print(folder, seed)
        hub_variant(folder, model, own, torch.float16, behaviour=False)


if __name__ == "__main__":
    main()
