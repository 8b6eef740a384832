"""The PDF of a document. A child process typesets it (kernel/typesetting); `render` blocks until it is done: call it in
a thread."""

import json
import logging
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...kernel.typesetting.pool import Order, Requester, Unprintable
from ...kernel.typesetting.pool import typeset as order_paper
from ...partners.printable_logo import drawn_before, framed
from ...partners.rules import picture
from .document_text import file_name as file_name
from .document_text import paper
from .document_text import warnings_of as warnings_of
from .model import Document

log = logging.getLogger(__name__)

LETTERHEAD, TEMPLATE = (Path(__file__).with_name(name) for name in ("letterhead.typ", "paper.typ"))
ARCHIVE, ACCESSIBLE = "a-3a", "ua-1"
MAILS = Requester()
# SHA-256 of logos that made typesetting exceed its limits: left out from then on.
_harmful: set[bytes] = set()


def render(document: Document, whose: Requester = MAILS) -> bytes:
    """Tagged PDF/A-3a and PDF/UA-1; the same document is the same bytes."""
    return typeset(TEMPLATE, paper(document), drawing(document.logo, document.logo_kind), whose)


def typeset(template: Path, data: dict[str, Any], logo: bytes = b"", whose: Requester = MAILS) -> bytes:
    """A PDF of a template that stands on letterhead.typ and prints `data`; `logo` as `drawing` makes it.

    Without a date it is no PDF/A (drafts); characters that no font has make it a plain PDF; a damaged logo is left out.
    RuntimeError when nothing helps, Unprintable when it takes too much time or memory.
    """
    logo = b"" if sha256(logo).digest() in _harmful else logo
    try:
        return _typeset(template, data, logo, whose)
    except Unprintable:
        if not logo:
            raise
        made = _typeset(template, data, b"", whose)
        _harmful.add(sha256(logo).digest())
        return made


def drawing(logo: bytes, kind: str) -> bytes:
    """The logo as the template takes it. An SVG is never typeset itself: its PNG is."""
    if kind == picture.SVG:
        return framed(drawn_before(logo), picture.PNG)
    return framed(logo, kind) if logo else b""


def _typeset(template: Path, data: dict[str, Any], logo: bytes, whose: Requester) -> bytes:
    standards = (ARCHIVE, ACCESSIBLE) if data["date"] else (ACCESSIBLE,)
    for shown, kept in [(logo, standards), (logo, ()), (b"", standards)]:
        try:
            return order_paper(_order(template, data, shown, kept), whose)
        except RuntimeError as refused:
            log.warning("%s cannot be printed as it should: %s", data["name"], refused)
    return order_paper(_order(template, data, b"", ()), whose)


def _order(template: Path, data: dict[str, Any], logo: bytes, standards: tuple[str, ...]) -> Order:
    files = {"main": _read(template), LETTERHEAD.name: _read(LETTERHEAD)}
    files["data.json"] = json.dumps(data | {"logo": bool(logo)}).encode()
    if logo:
        files["logo.svg"] = logo
    return Order(files, standards=standards)


@cache
def _read(template: Path) -> bytes:
    return template.read_bytes()
