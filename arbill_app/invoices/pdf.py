"""The PDF of a document. `render` gives up the interpreter while typst works: call it in a thread, not in the loop."""

import json
import logging
import threading
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

import typst

from ..partners import picture
from .document import Document
from .glyphs import FONTS
from .paper import file_name as file_name
from .paper import paper
from .paper import warnings_of as warnings_of

log = logging.getLogger(__name__)

LETTERHEAD, TEMPLATE = (Path(__file__).with_name(name) for name in ("letterhead.typ", "paper.typ"))
ARCHIVE, ACCESSIBLE = "a-3a", "ua-1"
LARGE = 1_000_000  # bytes
# One page fills a processor; many at once are no faster and each takes its memory.
_turns = threading.BoundedSemaphore(2)


def render(document: Document) -> bytes:
    """Tagged PDF/A-3a and PDF/UA-1; the same document is the same bytes."""
    return typeset(TEMPLATE, paper(document), drawing(document.logo, document.logo_kind))


def typeset(template: Path, data: dict[str, Any], logo: bytes = b"") -> bytes:
    """A PDF of a template that stands on letterhead.typ and prints `data`; `logo` as `drawing` makes it.

    What has no date is no archive; what no font can show makes it a plain PDF, a damaged logo is left out. RuntimeError
    when nothing helps.
    """
    standards = [ARCHIVE, ACCESSIBLE] if data["date"] else [ACCESSIBLE]
    for shown, kept in [(logo, standards), (logo, []), (b"", standards)]:
        try:
            return _compile(template, data, shown, kept)
        except RuntimeError as refused:
            log.warning("%s cannot be printed as it should: %s", data["name"], refused)
    return _compile(template, data, b"", [])


def drawing(logo: bytes, kind: str) -> bytes:
    """The logo as SVG: files in memory have to be text."""
    if kind not in (picture.PNG, picture.JPEG):
        return logo
    try:
        width, height = picture.size_of(logo, kind)
    except ValueError:
        return b""
    link = f"data:{kind};base64,{b64encode(logo).decode()}"
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="{link}"/></svg>'.encode()


def _compile(template: Path, data: dict[str, Any], logo: bytes, standards: list[str]) -> bytes:
    files = {"main": _read(template), LETTERHEAD.name: _read(LETTERHEAD)}
    files["data.json"] = json.dumps(data | {"logo": bool(logo)}).encode()
    if logo:
        files["logo.svg"] = logo
    with _turns:
        printed = bytes(_print(files, standards))
        if len(printed) > LARGE:
            _forget()
        return printed


def _forget() -> None:
    """typst keeps what it laid out until ten more papers were printed: half a gigabyte for ten thousand rows."""
    for _ in range(11):
        _print({"main": b""}, [])


def _print(files: dict[str, bytes], standards: list[str]) -> Any:
    # What a drawing names outside of it is looked for in the root: a folder with nothing but fonts.
    settings = {"root": FONTS, "font_paths": _fonts(), "ignore_system_fonts": True, "pdf_standards": standards}
    return typst.compile(files, **settings)  # type: ignore[call-overload]


@cache
def _fonts() -> typst.Fonts:
    # Reading the fonts takes longer than a page.
    return typst.Fonts(font_paths=[FONTS], include_system_fonts=False, include_embedded_fonts=False)


@cache
def _read(template: Path) -> bytes:
    return template.read_bytes()
