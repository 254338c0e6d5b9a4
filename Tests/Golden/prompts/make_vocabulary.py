#!/usr/bin/env python3
"""Token ids of texts by `tokenizer.json` in the tokenizers library.

usage: make_vocabulary.py MODEL_FOLDER > vocabulary.json      (needs tokenizers)
"""
import json
import os
import random
import sys

import tokenizers

tokenizer = tokenizers.Tokenizer.from_file(os.path.join(sys.argv[1], "tokenizer.json"))
rng = random.Random(1)
WORDS = ["the", "image", "shows", "a", "green", "star", "number", "855", "USER:", "don't", "é", "日本", "🙂", "\u00a0",
         "e\u0301", "A.", "100", "3.5", "\n", "\n\n", "  ", "   ", "\t", "<", ">", "[INST]", "-", "ß", "\u200b", "x_y"]
texts = ["", " ", "  ", "\n", "a", " a", "▁", "▁▁a", "\x01\x7f", "👩‍👩‍👧"]
while len(texts) < 300:
    texts.append("".join(rng.choice(WORDS) + rng.choice(["", " ", "  "]) for _ in range(rng.randint(1, 12))))
lines = [json.dumps({"text": t, "ids": tokenizer.encode(t, add_special_tokens=False).ids}, ensure_ascii=False) for t in texts]
print("[\n" + ",\n".join(lines) + "\n]")
