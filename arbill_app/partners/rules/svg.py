"""Whether an SVG only draws. What runs, embeds or fetches is refused, and what is built to exhaust the viewer.

It is checked for the browsers that show it; papers print the picture that was made of it once, see printable_logo.py.
"""

import re
from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from .svg_references import is_tangled

SPACE = "http://www.w3.org/2000/svg"
DEEPEST, MOST = 50, 5000  # a deeply nested drawing ends the process that prints it
DRAWING = re.compile(
    "svg|g|defs|symbol|use|title|desc|metadata|switch|style|path|rect|circle|ellipse|line|polyline|polygon"
    "|text|tspan|textPath|linearGradient|radialGradient|stop|clipPath|mask|pattern|marker"
)
# Notes of drawing programs, which nobody draws. Other elements of the W3C's, such as XHTML's, would run.
NOTES = re.compile(r"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#|(?!http://www\.w3\.org/)\w+:.*")
DECLARED = re.compile(r"<\?xml[^>]*\bencoding\s*=\s*[\"'](?!utf-8|us-ascii)", re.I)
# CSS escapes (backslashes) could hide forbidden words from this check.
FETCHING = re.compile(r"@import|image-set|\bsrc\s*\(|expression\s*\(|script:|\\|url\(\s*['\"]?(?!\s*['\"]?#)", re.I)

DAMAGED = "The SVG is damaged."
INSTRUCTED = "The SVG holds an instruction for programs, such as <?xml-stylesheet?>. Export it as a plain drawing."
NOT_PLAIN = "The SVG does more than draw. Export it as a plain drawing."
TANGLED = "The SVG draws too much by references inside of references. Export it as a plain drawing."


class Instruction(Exception):
    """A processing instruction: it may name a style sheet or a program of another place."""


def complaint_about(content: bytes) -> str:
    """A sentence, or empty when it is harmless."""
    try:
        text = content.decode()
        if "<!DOCTYPE" in text or "<!ENTITY" in text or DECLARED.search(text):
            return "Save the SVG as UTF-8 without a DOCTYPE."
        elements = _elements(text)
    except Instruction:
        return INSTRUCTED
    except (ParseError, UnicodeDecodeError):
        return DAMAGED
    if not elements or elements[0].tag != f"{{{SPACE}}}svg":
        return DAMAGED
    if len(elements) > MOST:
        return "The SVG has too many parts. Export it as a simpler drawing."
    if not all(map(_only_draws, elements)) or _repeats_itself(elements):
        return NOT_PLAIN
    return TANGLED if is_tangled(elements) else ""


def _elements(text: str) -> list[Element]:
    """In the order they begin; ParseError when they are nested too deeply."""
    parser: XMLPullParser[Any] = XMLPullParser(["start", "end", "pi"])
    found: list[Element] = []
    depth = 0
    for at in range(0, len(text), 4096):
        parser.feed(text[at : at + 4096])
        for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
            if event == "pi":
                raise Instruction
            depth += 1 if event == "start" else -1
            found += [element] if event == "start" else []
            if depth > DEEPEST:
                raise ParseError("nested too deeply")
    parser.close()
    return found


def _only_draws(element: Element) -> bool:
    space, _, name = element.tag.removeprefix("{").rpartition("}")
    if space != SPACE:
        return bool(NOTES.fullmatch(space))
    words = [element.text or ""] if name == "style" else []
    harmless = all(_stays(attribute, value) for attribute, value in element.attrib.items())
    return bool(DRAWING.fullmatch(name)) and harmless and not any(map(FETCHING.search, words))


def _stays(attribute: str, value: str) -> bool:
    name = attribute.rpartition("}")[2].lower()
    if name in ("href", "src", "base"):  # `xml:base` moves what "#…" refers to
        return value.startswith("#")
    return not name.startswith("on") and not FETCHING.search(value)


def _repeats_itself(elements: list[Element]) -> bool:
    """A copy of something that holds copies doubles with each step."""
    copies = f"{{{SPACE}}}use"
    with_copies = {element.get("id") for element in elements if element.find(f".//{copies}") is not None}
    with_copies |= {element.get("id") for element in elements if element.tag == copies}
    targets = {_target(element) for element in elements if element.tag == copies}
    return bool(targets & (with_copies - {None}))


def _target(copy: Element) -> str:
    links = (value for name, value in copy.attrib.items() if name.rpartition("}")[2] == "href")
    return next(links, "").removeprefix("#")
