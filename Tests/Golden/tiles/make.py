"""Writes tiles.json: grids, counts of tokens and pixels of views, by the originals' own functions.

    pip install pillow==12.1.1 numpy     # the last Pillow that always resizes horizontally first
    python3 make.py LLAVA TRANSFORMERS

LLAVA is a checkout of haotian-liu/LLaVA (c121f04), TRANSFORMERS the folder of the package (5.23.0). Functions are taken
out of their files, so that neither has to be installed with all that it needs.
"""

import ast
import hashlib
import json
import math
import pathlib
import random
import sys

import numpy as np
from PIL import Image

LLAVA, TRANSFORMERS = map(pathlib.Path, sys.argv[1:3])
PUBLISHED = [(336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008)]
PAPER = [(224 * c, 224 * r) for r in range(1, 7) for c in range(1, 6 // r + 1)]
MEAN = (122, 116, 104)
# Sizes for which the two ways of rounding the picture's share of the map differ.
NEAR_WHOLE = [(205, 656), (220, 1056), (328, 861), (352, 836), (799, 376)]


def functions(path, *names):
    space = {"Image": Image, "math": math, "np": np}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            exec(compile(ast.Module([node], []), str(path), "exec"), space)
    return space


original = functions(LLAVA / "llava/mm_utils.py", "select_best_resolution", "resize_and_pad_image", "divide_to_patches", "expand2square")
original |= {"unpad_image": functions(LLAVA / "llava/model/llava_arch.py", "unpad_image")["unpad_image"]}
next_ = functions(TRANSFORMERS / "image_processing_utils.py", "select_best_resolution")
next_ |= functions(TRANSFORMERS / "models/llava_next/modeling_llava_next.py", "unpad_image")


def counted(size, side=336):
    """Grid and tokens of the original and of transformers, which reads sizes and pinpoints as (height, width)."""
    patches = side // 14

    def tokens(columns, rows, unpad, size):
        kept = unpad(np.empty((1, rows * patches, columns * patches)), size)
        return [columns, rows, patches**2 + kept.shape[1] * (kept.shape[2] + 1)]

    width, height = original["select_best_resolution"](size, PUBLISHED)
    first = tokens(width // side, height // side, original["unpad_image"], size)
    height, width = next_["select_best_resolution"](size[::-1], PUBLISHED)
    return [*size, *first, *tokens(width // side, height // side, next_["unpad_image"], size[::-1])]


def synthetic(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    pixels = np.stack([(7 * x + 13 * y + 29 * c + (x * y) % 251) % 256 for c in range(3)], -1)
    return Image.fromarray(pixels.astype(np.uint8))


def tiles(image, pinpoints, side, margin=(0, 0, 0)):
    target = original["select_best_resolution"](image.size, pinpoints)
    padded = original["resize_and_pad_image"](image, target)
    if margin != (0, 0, 0):  # the same picture on another ground
        inner = original["resize_and_pad_image"](Image.new("L", image.size, 255).convert("RGB"), target)
        padded = Image.composite(padded, Image.new("RGB", target, margin), inner.convert("L"))
    return original["divide_to_patches"](padded, side)


def views(convention, image):
    """As `process_anyres_image` has them, and the same for the paper's and the squared convention."""
    if convention == "original":
        return [image.resize((336, 336))] + tiles(image, PUBLISHED, 336)
    square = original["expand2square"](image, MEAN)
    if convention == "squared":
        return [square.resize((336, 336))] + tiles(square, [(672, 672)], 336)
    return [square.resize((224, 224))] + tiles(image, PAPER, 224, MEAN)


def size_of(randoms, longest):
    size = [randoms.randint(1, longest), randoms.randint(1, longest)]
    if randoms.random() < 0.15:
        size[randoms.randint(0, 1)] = max(1, max(size) // randoms.randint(20, 150))
    return tuple(size)


def main():
    randoms = random.Random(6)
    counts = [counted(size_of(randoms, randoms.choice([60, 700, 3000, 20000]))) for _ in range(600)]
    counts += [counted(size) for size in NEAR_WHOLE]
    pixels = {}
    for convention, count in [("original", 120), ("squared", 40), ("paper", 40)]:
        for _ in range(count):
            size = size_of(randoms, randoms.choice([20, 400, 1000]))
            shown = b"".join(view.tobytes() for view in views(convention, synthetic(*size)))
            digest = hashlib.sha256(shown).hexdigest()[:16]
            pixels.setdefault(convention, []).append([*size, digest])
    lines = [f' "{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]" for name, rows in [("counts", counts), *pixels.items()]]
    (pathlib.Path(__file__).parent / "tiles.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
