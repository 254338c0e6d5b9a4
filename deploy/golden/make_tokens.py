#!/usr/bin/env python3
"""Token ids of texts and prompts in two vocabularies, as SentencePiece makes them.

usage: make_tokens.py MODEL_FOLDER LLAMA_TOKENIZER_MODEL > tokens.json      (needs sentencepiece and protobuf)

A prompt is LLaVA's vicuna_v1: it is cut at images and at </s>, and each piece is encoded by itself. -1 - k stands for
image k. LLaMA's vocabulary is the public tokenizer.model of 499,723 bytes; its ids are also those that transformers 4.37.2
makes with the original's tokenizer_image_token.
"""
import json
import os
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
TEXTS = [
    "A", "B", "yes", "Yes", "no", "No", " A", "Unanswerable", "\n", "  a", "a  b", "é", "日本", "🙂", "100", "What's",
    "<s>", "</s>", "<image>",
]
CONVERSATIONS = [
    ["What is shown in this image?"],
    ["Is there a dog?\nAnswer the question using a single word or phrase."],
    ["Hi", "Hello.", "Bye"],
]


def vocabulary(name, path, probes):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(open(path, "rb").read())
    first = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    model.normalizer_spec.add_dummy_prefix = False
    continuing = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())

    def prompt(turns, legacy):
        out, text, encoder = [1], SYSTEM + " ", first
        for index, turn in enumerate(turns):
            if index % 2 == 1:
                out += encoder.encode(text + " " + turn) + [2]
                text, encoder = "", first if legacy else continuing
                continue
            text += "USER: "
            if index == 0:
                out += encoder.encode(text) + [-1]
                text = "\n"
            text += turn + " ASSISTANT:"
        return out + encoder.encode(text)

    return {
        "name": name,
        "pieceCount": first.get_piece_size(),
        "probes": {str(id): first.id_to_piece(id).replace("▁", " ") for id in probes},
        "texts": [{"text": text, "ids": first.encode(text)} for text in TEXTS],
        "prompts": [
            {"turns": turns, "legacy": prompt(turns, True), "notLegacy": prompt(turns, False)}
            for turns in CONVERSATIONS
        ],
    }


vocabularies = [
    vocabulary("demonstration", os.path.join(sys.argv[1], "tokenizer.model"), [300, 500, 700, 900]),
    vocabulary("LLaMA", sys.argv[2], [319, 1404, 12758, 20255, 29871, 29889]),
]
lines = []
for one in vocabularies:
    parts = [f" {json.dumps(key)}: {json.dumps(one[key], ensure_ascii=False)}" for key in one]
    lines.append("{\n" + ",\n".join(parts) + "\n}")
print("[\n" + ",\n".join(lines) + "\n]")
