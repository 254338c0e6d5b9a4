#!/usr/bin/env python3
"""Token ids of conversations in the demonstration model's vocabulary, as two other programs make them.

usage: make_prompts.py MODEL_FOLDER > prompts.json      (needs sentencepiece, protobuf and tokenizers)

Pieces between special tokens are encoded one by one with SentencePiece. Where no text spells a special token,
the ids must also be those of `tokenizer.json` for the whole prompt as one string. -1 - k stands for image k.
"""
import json
import os
import sys

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2

folder = sys.argv[1]
whole = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
model = sentencepiece_model_pb2.ModelProto()
model.ParseFromString(open(os.path.join(folder, "tokenizer.model"), "rb").read())
first = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
model.normalizer_spec.add_dummy_prefix = False
continuing = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
IMAGE, BEGIN, END = "<image>", "<s>", "</s>"


def parts(turns):
    """The prompt as a list of texts, END, and images (integers)."""
    out, text = [], SYSTEM + " "
    for turn in turns:
        if turn["role"] == "user":
            text += "USER: "
            for image in turn["images"]:
                out += [text, image]
                text = "\n"
            text += turn["text"] + " ASSISTANT:"
        else:
            out += [text + " " + turn["text"], END]
            text = ""
    return out + [text]


def ids(turns, legacy):
    out, before = [1], None
    for part in parts(turns):
        if isinstance(part, int):
            out.append(-1 - part)
        elif part == END:
            out.append(2)
        elif part:
            out += (continuing if before == END and not legacy else first).encode(part)
        before = part
    return out


def check(turns, found):
    """`tokenizer.json` takes the prompt as one string, which it can where no text spells a special token."""
    if any(token in turn["text"] for turn in turns for token in (IMAGE, BEGIN, END, "<unk>", "<pad>")):
        return
    images = [image for turn in turns for image in turn.get("images", [])]
    text = "".join(IMAGE if isinstance(part, int) else part for part in parts(turns))
    wanted = [960 if id < 0 else id for id in found]
    assert whole.encode(text).ids == wanted, (text, whole.encode(text).ids, wanted)
    assert [-1 - id for id in found if id < 0] == images


def user(text, *images):
    return {"role": "user", "text": text, "images": list(images)}


def assistant(text):
    return {"role": "assistant", "text": text}


conversations = []
for line in open(os.path.join(folder, "samples", "examples.jsonl")):
    turns = []
    for index, turn in enumerate(json.loads(line)["turns"]):
        turns.append(user(turn["question"], *([0] if index == 0 else [])))
        conversations.append(list(turns))
        turns.append(assistant(turn["answer"]))
conversations += [
    [user("Hello")],
    [user("Which is larger?", 0, 1)],
    [user("One.", 0), assistant("Yes."), user("And this?", 1), assistant(""), user("And?", 2, 0)],
    [user("  two  spaces\n\nand lines ", 0)],
    [user("é 日本 🙂 \u00a0 ▁ e\u0301", 0), assistant(" a "), user("100 + 7")],
    [user("<image>", 0), assistant("</s>"), user("<s></s><unk><pad><0x0A> <image>\n")],
]

golden = []
for turns in conversations:
    legacy = ids(turns, True)
    check(turns, legacy)
    golden.append({"turns": turns, "legacy": legacy, "not_legacy": ids(turns, False)})
print("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in golden) + "\n]")
