#!/usr/bin/env python3
"""The three fingerprints of a Hugging Face LLaVA in one safetensors file, by the definition and nothing else.

usage: make_fingerprints.py MODEL_FOLDER
"""
import hashlib
import json
import os
import re
import struct
import sys

folder = sys.argv[1]
raw = open(os.path.join(folder, "model.safetensors"), "rb").read()
(length,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + length])
config = json.load(open(os.path.join(folder, "config.json")))
used_layers = config["vision_config"]["num_hidden_layers"] + 1 + config["vision_feature_layer"]


def canonical(name):
    name = name.replace("vision_tower.vision_model.", "vision_tower.")
    name = name.replace("language_model.lm_head.", "lm_head.")
    return name.replace("language_model.model.", "language_model.")


def digest(chosen):
    sha = hashlib.sha256()
    for name, entry in sorted((canonical(n), e) for n, e in header.items() if n != "__metadata__"):
        if not chosen(name):
            continue
        start, end = entry["data_offsets"]
        data = raw[8 + length + start : 8 + length + end]
        sha.update(f"{name}\0{'x'.join(map(str, entry['shape']))}\0{entry['dtype']}\0".encode())
        if len(data) <= 3 * 4096:
            sha.update(data)
        else:
            middle = (len(data) - 4096) // 2
            sha.update(data[:4096] + data[middle : middle + 4096] + data[-4096:])
    return sha.hexdigest()


def in_tower(name):
    layer = re.match(r"vision_tower\.encoder\.layers\.(\d+)\.", name)
    return (
        name.startswith("vision_tower.")
        and not name.startswith("vision_tower.post_layernorm.")
        and (not layer or int(layer.group(1)) < used_layers)
    )


print("tower    ", digest(in_tower))
print("projector", digest(lambda name: name.startswith("multi_modal_projector.")))
print("language ", digest(lambda name: name.startswith(("language_model.", "lm_head."))))
