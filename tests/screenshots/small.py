"""A screenshot at a third of its size: one byte a pixel into a palette of 256 colours, and nothing else.

A picture of screens has a thousand or two, nearly all of them on the edges of letters: others stand for those.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
Colour = tuple[int, int, int]


def small(png: bytes) -> bytes:
    """Of an opaque PNG with 8 bits a channel, as browsers make them, one with a palette."""
    chunks = dict(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, kind) in ((8, 2), (8, 6)), "not RGB or RGBA of 8 bits"
    bytes_each = 3 if kind == 2 else 4
    rows = _rows(zlib.decompress(chunks[b"IDAT"]), width * bytes_each, bytes_each)
    pixels = [list(zip(row[::bytes_each], row[1::bytes_each], row[2::bytes_each], strict=True)) for row in rows]
    palette, index = _palette(Counter(pixel for row in pixels for pixel in row))
    body = b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    made = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in made)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content, those of the pixels as one."""
    at, pixels = len(SIGNATURE), b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        pixels += data if name == b"IDAT" else b""
        yield name, pixels if name == b"IDAT" else data
        at += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _rows(raw: bytes, length: int, bytes_each: int) -> Iterator[bytes]:
    """Undoes the filter that stands before each row (PNG, clause 9)."""
    above = bytes(length)
    for at in range(0, len(raw), length + 1):
        row, how = bytearray(raw[at + 1 : at + 1 + length]), raw[at]
        for i in range(length) if how else ():
            left, corner = (row[i - bytes_each], above[i - bytes_each]) if i >= bytes_each else (0, 0)
            row[i] = (row[i] + _predicted(how, left, above[i], corner)) & 255
        above = bytes(row)
        yield above


def _predicted(how: int, left: int, up: int, corner: int) -> int:
    if how == 1:
        return left
    if how == 2:
        return up
    if how == 3:
        return (left + up) // 2
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _palette(seen: Counter[Colour]) -> tuple[bytes, dict[Colour, int]]:
    """One colour after another, each that which the others replace worst; then which of them stands for which."""
    kept: list[Colour] = []
    index = dict.fromkeys(seen, 0)
    wrong = dict.fromkeys(seen, 3 * 255**2)
    while len(kept) < MOST and any(wrong.values()):
        worst = max(seen, key=lambda colour: seen[colour] * wrong[colour])
        for colour in seen:
            distance = _distance(colour, worst)
            if distance < wrong[colour]:
                wrong[colour], index[colour] = distance, len(kept)
        kept.append(worst)
    return bytes(channel for colour in kept for channel in colour), index


def _distance(one: Colour, other: Colour) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
