"""A logo as papers print it. An SVG becomes a picture once, in a child process with limits, and is not read again."""

import logging
from base64 import b64encode
from functools import lru_cache

from ..kernel.errors import Invalid
from ..kernel.typesetting.pool import Order, Refused, Requester, Unprintable, typeset
from .rules import picture

log = logging.getLogger(__name__)

# As large as letterhead.typ prints it, with 600 dots an inch.
PPI = 600
SECONDS = 5
PAGE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#context {
  let tall = image("logo.svg", height: 44pt)
  if measure(tall).width > 160pt { image("logo.svg", width: 160pt) } else { tall }
}
"""
CANNOT = "This picture cannot be drawn. Save it anew, or as PNG."
TOO_MUCH = "This picture takes too much time or memory to draw. Save it in a simpler way, or as PNG."


def printable(content: bytes, kind: str, whose: Requester) -> bytes:
    """What papers print for a logo that is sent: a PNG for an SVG, else the same. Invalid(file=…) when it cannot be."""
    try:
        drawn = draw(content, kind, whose)
    except Refused as refused:
        log.info("a logo cannot be drawn: %s", refused)
        # typst supports fewer JPEG variants than browsers: such a logo is left out of PDFs.
        drawn = b""
    except Unprintable:
        raise Invalid(file=TOO_MUCH) from None
    if kind != picture.SVG:
        return content
    if not drawn:
        raise Invalid(file=CANNOT)
    return drawn


def draw(content: bytes, kind: str, whose: Requester) -> bytes:
    """A PNG; `Refused` or `Unprintable` when there is none."""
    order = Order({"main": PAGE, "logo.svg": framed(content, kind)}, "png", ppi=PPI, seconds=SECONDS)
    return typeset(order, whose)


@lru_cache(maxsize=64)
def drawn_before(content: bytes) -> bytes:
    """The picture of an SVG that was stored before pictures were made of them; empty when it cannot be drawn."""
    try:
        return draw(content, picture.SVG, Requester())
    except (Refused, Unprintable) as refused:
        log.warning("a logo is left out of papers: %s", refused)
        return b""


def framed(content: bytes, kind: str) -> bytes:
    """As an SVG, because typst takes only text from memory; empty for a damaged picture."""
    if kind not in (picture.PNG, picture.JPEG):
        return content
    try:
        width, height = picture.size_of(content, kind)
    except ValueError:
        return b""
    link = f"data:{kind};base64,{b64encode(content).decode()}"
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="{link}"/></svg>'.encode()
