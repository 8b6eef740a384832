"""What a picture is by its bytes, never by its name: PNG, JPEG or SVG, and how large."""

import re
import struct

PNG, JPEG, SVG = "image/png", "image/jpeg", "image/svg+xml"
LARGEST_SIDE = 4000

# What may stand before the drawing of an SVG. Whether it is taken, svg.py says, with a sentence of its own.
_BEFORE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.S)
_ROOT = re.compile(rb"<svg[\s>/]")
# Frames of JPEG that carry the size: C4, C8 and CC of that range are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of(content: bytes) -> str:
    """The media type, empty when it is none of ours."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    return SVG if _is_svg(content.removeprefix(b"\xef\xbb\xbf")) else ""


def _is_svg(content: bytes) -> bool:
    at = 0
    while found := _BEFORE.match(content, at):
        at = found.end()
    return bool(_ROOT.match(content, at))


def size_of(content: bytes, kind: str) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG; ValueError when the bytes do not say."""
    try:
        width, height = _png_size(content) if kind == PNG else _jpeg_size(content)
    except (struct.error, IndexError):
        raise ValueError("The picture is damaged.") from None
    if not width or not height:
        raise ValueError("The picture is damaged.")
    return width, height


def _png_size(content: bytes) -> tuple[int, int]:
    name, width, height = struct.unpack_from(">4sII", content, 12)
    return (width, height) if name == b"IHDR" else (0, 0)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return 0, 0
