"""Writes decoded/* and decoded.json: small pictures of every kind, and what Pillow makes of them.

    pip install pillow==12.1.1
    apt-get install libjpeg-turbo-progs     # cjpeg: samplings and arithmetic coding that Pillow does not write
    python3 make.py

The last Pillow that resizes horizontally first, always, is 12.1; its decoders agree with 10.1's on all of this.
"""

import hashlib
import io
import json
import pathlib
import random
import struct
import subprocess
import warnings
import zlib

from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "decoded"
warnings.simplefilter("ignore")


def value(x, y, c):
    return (7 * x + 13 * y + 29 * c + (x * y) % 251) % 256


def synthetic(width, height):
    pixels = bytes(value(x, y, c) for y in range(height) for x in range(width) for c in range(3))
    return Image.frombytes("RGB", (width, height), pixels)


# PNG, written here, since Pillow does not write all that it reads

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, payload):
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def packed(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", s) for s in samples)
    bits = "".join(format(s, f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def png(color, depth, width=23, height=17, interlaced=False, before=b"", palette=None, seed=1, idat=None, highest=None, window=False):
    randoms = random.Random(seed)
    highest = (1 << depth) - 1 if highest is None else highest
    rows = [[[randoms.randint(0, highest) for _ in range(CHANNELS[color])] for _ in range(width)] for _ in range(height)]
    raw = b""
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        for row in rows[y0::dy]:
            if row[x0::dx]:
                raw += b"\0" + packed([s for pixel in row[x0::dx] for s in pixel], depth)
    data = zlib.compress(raw)
    if window:  # claims the smallest window, 256 bytes, for data that looks further back
        data = b"\x08\x1d" + data[2:]
    parts = [data] if idat is None else [data[i : i + idat] for i in range(0, len(data), idat)]
    if palette is None and color == 3:
        palette = 1 << depth
    colors = bytes(randoms.randint(0, 255) for _ in range(3 * palette)) if palette else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))
        + before.replace(b"PALETTE", chunk(b"PLTE", colors) if colors else b"")
        + (chunk(b"PLTE", colors) if colors and b"PALETTE" not in before else b"")
        + b"".join(chunk(b"IDAT", part) for part in parts)
        + chunk(b"IEND", b"")
    )


def pngs():
    for color, name in [(0, "gray"), (2, "rgb"), (3, "palette"), (4, "gray-alpha"), (6, "rgba")]:
        for depth in {0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(color, [8, 16]):
            yield f"{name}-{depth}.png", png(color, depth)
            yield f"{name}-{depth}-interlaced.png", png(color, depth, interlaced=True)
    yield "gray-16-around-255.png", png(0, 16, highest=511)
    yield "gray-8-transparency.png", png(0, 8, before=chunk(b"tRNS", b"\0\x07"))
    yield "gray-16-transparency.png", png(0, 16, before=chunk(b"tRNS", b"\0\x07"))
    yield "rgb-8-transparency.png", png(2, 8, before=chunk(b"tRNS", b"\0\1\0\2\0\3"))
    yield "palette-8-transparency.png", png(3, 8, before=b"PALETTE" + chunk(b"tRNS", bytes(range(0, 256, 2))))
    yield "palette-8-short.png", png(3, 8, palette=100, highest=99)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", struct.pack(">8I", *[20000 + i for i in range(8)]))
    yield "rgb-8-gamma.png", png(2, 8, before=gamma)
    yield "rgb-8-profile.png", png(2, 8, before=chunk(b"iCCP", b"x\0\0" + zlib.compress(b"not a profile")))
    yield "rgb-8-orientation.png", png(2, 8, before=chunk(b"eXIf", orientation().tobytes()[6:]))
    yield "rgb-8-understated-window.png", png(2, 8, 40, 30, highest=1, window=True)
    yield "rgb-8-many-chunks.png", png(2, 8, idat=7)
    for width, height in [(1, 1), (2, 3), (5, 1), (1, 9)]:
        yield f"rgb-8-{width}x{height}-interlaced.png", png(2, 8, width, height, interlaced=True)
    yield "small.png", png(2, 8, 5, 4)
    yield "filtered.png", saved(synthetic(64, 48), "PNG")
    yield "animated.png", saved(synthetic(20, 10), "PNG", save_all=True, append_images=[synthetic(20, 10).rotate(180)])


# JPEG


def orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def jpeg(width=37, height=29, **options):
    return saved(synthetic(width, height), "JPEG", **options)


def cjpeg(*options, width=37, height=29, mode="RGB"):
    source = saved(synthetic(width, height).convert(mode), "PPM")
    return subprocess.run(["cjpeg", *options], input=source, stdout=subprocess.PIPE, check=True).stdout


def cmyk():
    randoms = random.Random(2)
    image = Image.frombytes("CMYK", (16, 16), randoms.randbytes(16 * 16 * 4)).resize((37, 29), Image.BICUBIC)
    return saved(image, "JPEG", quality=90)


def segments(file):
    """Offset, marker and length of every segment before the first scan's data."""
    offset = 2
    while True:
        length = struct.unpack(">H", file[offset + 2 : offset + 4])[0]
        yield offset, file[offset + 1], length
        if file[offset + 1] == 0xDA:
            return
        offset += 2 + length


def with_adobe_transform(file, transform):
    for offset, marker, length in segments(file):
        if marker == 0xEE:
            return file[: offset + 15] + bytes([transform]) + file[offset + 16 :]


def without_segment(file, unwanted):
    for offset, marker, length in segments(file):
        if marker == unwanted:
            return file[:offset] + file[offset + 2 + length :]


def jpegs():
    for quality in (30, 75, 95):
        for sampling in ("4:4:4", "4:2:2", "4:2:0"):
            name = f"q{quality}-{sampling.replace(':', '')}.jpg"
            yield name, jpeg(quality=quality, subsampling=sampling)
    for sampling in ("4x1", "1x2", "4x2", "2x4", "1x4", "3x1"):
        yield f"sampling-{sampling}.jpg", cjpeg("-quality", "80", "-sample", sampling)
    yield "gray.jpg", cjpeg("-quality", "80", mode="L")
    yield "gray-progressive.jpg", cjpeg("-progressive", mode="L")
    for sampling in ("4:4:4", "4:2:0"):
        yield f"progressive-{sampling.replace(':', '')}.jpg", jpeg(progressive=True, subsampling=sampling)
    yield "arithmetic.jpg", cjpeg("-arithmetic", "-quality", "80")
    yield "arithmetic-progressive.jpg", cjpeg("-arithmetic", "-progressive", "-quality", "80")
    yield "restart.jpg", cjpeg("-restart", "1B")
    yield "restart-rows.jpg", cjpeg("-restart", "1", "-progressive")
    yield "optimized.jpg", jpeg(optimize=True)
    yield "stored-as-rgb.jpg", jpeg(keep_rgb=True)
    yield "cmyk.jpg", cmyk()
    yield "ycck.jpg", with_adobe_transform(cmyk(), 2)
    yield "cmyk-without-adobe.jpg", without_segment(cmyk(), 0xEE)
    yield "orientation.jpg", jpeg(exif=orientation())
    yield "profile.jpg", jpeg(icc_profile=random.Random(3).randbytes(150_000 // 2))
    thumbnail = jpeg(9, 7)
    yield "thumbnail.jpg", b"\xff\xd8\xff\xe1" + struct.pack(">H", len(thumbnail) + 8) + b"Exif\0\0" + thumbnail + jpeg()[2:]
    file = jpeg()
    first = 4 + struct.unpack(">H", file[4:6])[0]
    yield "fill-bytes.jpg", file[:first] + b"\xff\xff\xff" + file[first:]
    yield "trailing-bytes.jpg", file + b"\0\1\2 and more \xff\xd8"
    for width, height in [(1, 1), (2, 2), (3, 1), (1, 17), (5, 5), (16, 16), (17, 33)]:
        yield f"{width}x{height}-420.jpg", jpeg(width, height)
    yield "small.jpg", jpeg(12, 9, optimize=True)
    yield "small-progressive.jpg", jpeg(12, 9, progressive=True)


# WebP


def riff(*chunks):
    body = b"WEBP" + b"".join(n + struct.pack("<I", len(p)) + p + b"\0" * (len(p) % 2) for n, p in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def three_bytes(number):
    return struct.pack("<I", number)[:3]


def first_frame_in_a_corner():
    """An animation whose first frame covers a part of its canvas."""
    still = saved(synthetic(21, 11), "WEBP", quality=70)[12:]
    frame = three_bytes(3) + three_bytes(2) + three_bytes(20) + three_bytes(10) + three_bytes(100) + b"\0" + still
    canvas = b"\x02\0\0\0" + three_bytes(39) + three_bytes(29)
    return riff((b"VP8X", canvas), (b"ANIM", b"\x10\x20\x30\xff\0\0"), (b"ANMF", frame), (b"ANMF", frame))


def webps():
    image = synthetic(37, 29)
    veiled = image.copy()
    veiled.putalpha(image.convert("L").point(lambda p: p if p > 99 else 0))
    frames = {"save_all": True, "append_images": [image.rotate(180)], "duration": 100}
    for quality in (10, 80, 100):
        yield f"q{quality}.webp", saved(image, "WEBP", quality=quality)
    yield "lossless.webp", saved(image, "WEBP", lossless=True)
    yield "alpha.webp", saved(veiled, "WEBP", quality=80)
    yield "alpha-lossless.webp", saved(veiled, "WEBP", lossless=True)
    yield "alpha-exact.webp", saved(veiled, "WEBP", lossless=True, exact=True)
    yield "animated.webp", saved(image, "WEBP", **frames)
    yield "animated-lossless.webp", saved(image, "WEBP", lossless=True, **frames)
    yield "animated-alpha.webp", saved(veiled, "WEBP", save_all=True, append_images=[veiled.rotate(180)], duration=9)
    yield "animated-corner.webp", first_frame_in_a_corner()
    yield "orientation.webp", saved(image, "WEBP", exif=orientation(), icc_profile=b"not a profile")
    yield "trailing-bytes.webp", saved(image, "WEBP") + b"\0\1\2"
    for width, height in [(1, 1), (2, 2), (3, 1), (17, 33)]:
        yield f"{width}x{height}.webp", saved(synthetic(width, height), "WEBP")
    yield "small.webp", saved(synthetic(12, 9), "WEBP", quality=50)
    yield "small-lossless.webp", saved(synthetic(6, 5), "WEBP", lossless=True)
    yield "small-animated.webp", saved(synthetic(6, 5), "WEBP", save_all=True, append_images=[synthetic(6, 5).rotate(180)])


# What Pillow makes of them


def digest(pixels):
    return hashlib.sha256(pixels).hexdigest()


def opened(file):
    with Image.open(io.BytesIO(file)) as image:
        return image.convert("RGB")


def whole_from(file, pixels):
    """The shortest beginning of the file that Pillow takes; it gives the same pixels then, and so does every longer one."""
    takes = []
    for count in range(len(file)):
        try:
            same = opened(file[:count]).tobytes() == pixels
            assert same, count
            takes.append(count)
        except OSError:
            assert not takes, (count, takes)
    return takes[0] if takes else len(file)


def padded(image):
    side = max(image.size)
    canvas = Image.new("RGB", (side, side), (122, 116, 104))
    canvas.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return canvas


def views():
    sizes = [(1, 1), (1, 200), (200, 1), (2, 3), (7, 701), (701, 7), (3, 500), (4000, 21), (335, 336), (337, 1000)]
    for side in (336, 224, 37):
        for width, height in sizes:
            image = synthetic(width, height)
            short = min(width, height)
            scaled = image.resize((int(side * width / short), int(side * height / short)), Image.BICUBIC)
            left, top = (scaled.width - side) // 2, (scaled.height - side) // 2
            yield {
                "width": width,
                "height": height,
                "side": side,
                "pad": digest(padded(image).resize((side, side), Image.BICUBIC).tobytes()),
                "crop": digest(scaled.crop((left, top, left + side, top + side)).tobytes()),
            }


def main():
    FOLDER.mkdir(exist_ok=True)
    files = {}
    for name, file in [*pngs(), *jpegs(), *webps()]:
        assert name not in files, name
        (FOLDER / name).write_bytes(file)
        image = opened(file)
        files[name] = {"width": image.width, "height": image.height, "rgb": digest(image.tobytes())}
        if name.startswith("small"):
            files[name]["wholeFrom"] = whole_from(file, image.tobytes())
    content = {"pillow": Image.__version__, "files": files, "views": list(views())}
    (FOLDER.parent / "decoded.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
