"""Makes the files of this folder with the gguf package of llama.cpp (see README.md)."""

import numpy as np
from gguf import GGMLQuantizationType as T, GGUFValueType as V, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize

BLOCKS = [T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q4_K, T.Q5_K, T.Q6_K]
MADE = [T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.F16, T.BF16]
# Where a block has its half-precision scales.
SCALES = {T.Q4_1: [0, 2], T.Q5_1: [0, 2], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}
# 0, -0, least and greatest subnormal, least normal, 65504, -65504, infinity, NaN
EXTREMES = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0x7E00]


def blocks(kind, random):
    """Random blocks; every extreme as each scale; all bits zero, all bits one."""
    size = GGML_QUANT_SIZES[kind][1]
    rows = random.integers(0, 256, (len(EXTREMES) + 2, size), dtype=np.uint8)
    rows[-1], rows[-2] = 0xFF, 0
    scales = SCALES.get(kind, [0])
    for row, half in enumerate(EXTREMES):
        for index, at in enumerate(scales):
            other = EXTREMES[(row * (index + 1) + index) % len(EXTREMES)]
            rows[row, at : at + 2] = np.frombuffer(np.uint16(other if index else half).tobytes(), np.uint8)
    if kind in (T.Q4_K, T.Q5_K, T.Q6_K):  # scales as models have them
        plain = random.integers(0, 256, (4, size), dtype=np.uint8)
    else:
        plain = random.integers(0, 256, (12, size), dtype=np.uint8)
    for at in scales:
        plain[:, at : at + 2] = random.normal(0, 0.01, (len(plain), 1)).astype(np.float16).view(np.uint8)
    return np.concatenate([rows, plain])


def rows(random):
    """Rows of 64 numbers: gaussian as weights are, wide, with an outlier, with equal sizes of both signs, with minus
    zeros, constant, subnormal scales, and scales beyond half precision."""
    gaussian = random.normal(0, 0.02, (16, 64))
    wide = random.normal(0, 1, (4, 64)) * 10.0 ** random.integers(-6, 5, (4, 64))
    outlier = random.normal(0, 0.02, (2, 64))
    outlier[:, 7] = [3, -3]
    ties = np.tile([0.5, -0.5, 0.25, -0.25, 0.125, 1 / 127, -1 / 127, 1 / 254], (2, 8))
    ties[1] *= -1
    zeros = np.where(random.integers(0, 2, (1, 64)) == 1, -0.0, random.normal(0, 1, (1, 64)))
    levels = (np.arange(64) - 31.5).reshape(1, 64) / 4
    steps = np.tile(np.arange(32) - 16.0, 2).reshape(1, 64)
    constant = np.full((1, 64), 1.5)
    tiny = random.normal(0, 1e-6, (1, 64))
    huge = random.normal(0, 1e8, (1, 64))
    return np.concatenate([gaussian, wide, outlier, ties, zeros, levels, steps, constant, tiny, huge]).astype(np.float32)


def write_blocks(path):
    random = np.random.default_rng(4)
    writer = GGUFWriter(path, "test")
    for kind in BLOCKS:
        stored = blocks(kind, random)
        writer.add_tensor(f"{kind.name}.blocks", stored, raw_dtype=kind)
        writer.add_tensor(f"{kind.name}.numbers", dequantize(stored, kind))
    numbers = rows(random)
    writer.add_tensor("rows", numbers)
    for kind in MADE:
        stored = quantize(numbers, kind)
        writer.add_tensor(f"{kind.name}.rows", stored.view(np.float16) if kind == T.F16 else stored, raw_dtype=kind)
    write(writer)


def write_metadata(path):
    writer = GGUFWriter(path, "llama")
    writer.add_custom_alignment(64)
    writer.add_uint8("u8", 200)
    writer.add_int8("i8", -100)
    writer.add_uint16("u16", 60000)
    writer.add_int16("i16", -30000)
    writer.add_uint32("u32", 4000000000)
    writer.add_int32("i32", -2000000000)
    writer.add_uint64("u64", 2**64 - 1)
    writer.add_int64("i64", -(2**63))
    writer.add_float32("f32", 1e-5)
    writer.add_float64("f64", 1e-5)
    writer.add_bool("yes", True)
    writer.add_bool("no", False)
    writer.add_string("text", "größer ▁ 🌋")
    writer.add_array("strings", ["<s>", "", "▁der"])
    writer.add_array("bytes", [b"\xff\xfe", b"<0x0A>"])
    writer.add_array("floats", [0.0, -1.5, 3e38])
    writer.add_array("integers", [3, -1, 2147483647])
    writer.add_array("flags", [True, False])
    for name, kind, values in [
        ("u8s", V.UINT8, [0, 255]), ("i8s", V.INT8, [-128, 127]), ("u16s", V.UINT16, [65535]),
        ("i16s", V.INT16, [-32768]), ("u32s", V.UINT32, [4294967295]), ("u64s", V.UINT64, [2**63 - 1]),
        ("i64s", V.INT64, [-(2**63)]), ("f64s", V.FLOAT64, [0.1]),
    ]:
        writer.add_key_value(name, values, V.ARRAY, sub_type=kind)
    writer.add_tensor("token_embd.weight", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("patch", np.arange(24, dtype=np.float16).reshape(2, 3, 2, 2))
    writer.add_tensor("ids", np.arange(5, dtype=np.int32))
    write(writer)


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


write_blocks("blocks.gguf")
write_metadata("metadata.gguf")
