#!/usr/bin/env python3
"""Token ids of a few conversations in every prompt template, in the demonstration model's vocabulary.

usage: make_templates.py MODEL_FOLDER > templates.json      (needs sentencepiece, protobuf and transformers 5)

`original` is what haotian-liu/LLaVA's `tokenizer_image_token` does: cut at the image, every piece for itself through
LLaMA's slow tokenizer, which cuts at special tokens. `transformers` is transformers' own LlamaTokenizer on the whole text.
Each with `legacy` on and off. -1 - k stands for image k.
"""
import json
import os
import re
import shutil
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from transformers import LlamaTokenizer

folder = sys.argv[1]
model = sentencepiece_model_pb2.ModelProto()
model.ParseFromString(open(os.path.join(folder, "tokenizer.model"), "rb").read())
first = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
model.normalizer_spec.add_dummy_prefix = False
continuing = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())

HUMAN = ("A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, detailed, "
         "and polite answers to the human's questions.")
USER = HUMAN.replace("human", "user")
EYES = ("You are a helpful language and vision assistant. You are able to understand the visual content that the user "
        "provides, and assist the user with a variety of tasks using natural language.")
MPT = "A conversation between a user and an LLM-based AI assistant. The assistant gives helpful and honest answers."

# For each template: what comes first, and what each question and each answer becomes.
TEMPLATES = {
    "vicuna_v1": (USER + " ", "USER: {} ASSISTANT:", " {}</s>"),
    "llava_v1": (HUMAN + " ", "USER: {} ASSISTANT:", " {}</s>"),
    "llava_v0": (HUMAN + "###", "Human: {}###Assistant:", " {}###"),
    "mistral_instruct": ("", "[INST] {} [/INST]", " {} </s>"),
    "plain": ("", "{}\n", "{}\n"),
    "mpt": (f"<|im_start|>system\n{MPT}<|im_end|>", "<|im_start|>user\n{}<|im_end|><|im_start|>assistant\n",
            "{}<|im_end|>"),
    "chatml_direct": ("<|im_start|>system\nAnswer the questions.<|im_end|>",
                      "<|im_start|>user\n{}<|im_end|><|im_start|>assistant\n", "{}<|im_end|>"),
    "llava_hf": ("", "USER: {} ASSISTANT:", " {} "),
    "llava_next_hf": ("", "USER: {} ASSISTANT:", " {} "),
}
CONVERSATIONS = [
    [("What is this?", [0])],
    [("Which is larger?", [0, 1]), ("The left one.", []), ("And\nthe other?", [])],
    [("Hello", []), ("Hi there.", []), ("And this?", [0]), ("A star.", []), ("Bye", [])],
]


def text(template, turns):
    """With <image> where an image stands."""
    def body(turn):
        return "<image>\n" * len(turn[1]) + turn[0]

    if template == "llava_llama_2":
        out = ""
        for index, turn in enumerate(turns):
            if index % 2:
                out += f" {body(turn)} </s>"
            else:
                system = f"<<SYS>>\n{EYES}\n<</SYS>>\n\n" if index == 0 else ""
                out += ("<s>" if index else "") + f"[INST] {system}{body(turn)} [/INST]"
        return out
    begin, question, answer = TEMPLATES[template]
    return begin + "".join((answer if i % 2 else question).format(body(turn)) for i, turn in enumerate(turns))


def images(turns):
    return [image for turn in turns for image in turn[1]]


def slow(piece, legacy):
    out, after = [], False
    for part in re.split("(</s>|<s>)", piece):
        if part in ("</s>", "<s>"):
            out.append(2 if part == "</s>" else 1)
            after = True
        elif part:
            out += (continuing if after and not legacy else first).encode(part)
    return out


def original(prompt, pictures, legacy):
    pieces = [slow(piece, legacy) for piece in prompt.split("<image>")]
    out = [1] + pieces[0]
    for image, piece in zip(pictures, pieces[1:]):
        out += [-1 - image] + piece
    return out


def tokenizer(legacy):
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(os.path.join(folder, "tokenizer.model"), place)
        config = json.load(open(os.path.join(folder, "tokenizer_config.json")))
        json.dump({**config, "legacy": legacy}, open(os.path.join(place, "tokenizer_config.json"), "w"))
        return LlamaTokenizer.from_pretrained(place)


hub = {legacy: tokenizer(legacy) for legacy in (True, False)}


def transformers(prompt, pictures, legacy):
    ids, left = hub[legacy](prompt)["input_ids"], list(pictures)
    return [-1 - left.pop(0) if id == 960 else id for id in ids]


lines = []
for template in [*TEMPLATES, "llava_llama_2"]:
    for turns in CONVERSATIONS:
        prompt = text(template, turns)
        case = {"template": template, "turns": [{"text": t, "images": i} for t, i in turns]}
        for name, legacy in (("legacy", True), ("not_legacy", False)):
            case[name] = {"original": original(prompt, images(turns), legacy),
                          "transformers": transformers(prompt, images(turns), legacy)}
        lines.append(json.dumps(case, ensure_ascii=False))
print("[\n" + ",\n".join(lines) + "\n]")
