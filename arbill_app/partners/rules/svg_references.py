"""What an SVG draws by reference: markers, masks, patterns, clips, copies and gradients.

A reference inside of what is referred to multiplies: ten markers in each of ten markers in each of ten are a thousand.
So references may lie two deep, gradients apart, and all that is drawn in the end is counted before anybody draws it.
Selectors of stylesheets are read generously: an element counts as meant unless the selector clearly means others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

DEEPEST = 2
MOST_DRAWN = 500_000  # points of paths, letters and elements, each time they are drawn
MOST_RULES = 300
GRADIENTS = ("linearGradient", "radialGradient")
URL = re.compile(r"url\(\s*['\"]?\s*#([^'\")]+?)\s*['\"]?\s*\)", re.I)
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
NAME = r"[\w-]|[^\x00-\x7f]"
CLASS, ID, TAG = re.compile(rf"\.((?:{NAME})+)"), re.compile(rf"#((?:{NAME})+)"), re.compile(rf"(?:{NAME})+")
# Set on a group, these are drawn for each of its parts.
INHERITED = re.compile(r"fill|stroke|marker(-start|-mid|-end)?")


class Tangled(Exception):
    """References too deep, in a circle, or too many."""


@dataclass(frozen=True)
class _Reach:
    """What drawing something takes: how much is drawn, how deep references lie, how long chains of gradients are."""

    drawn: int
    depth: int = 0
    chain: int = 0


def is_tangled(elements: list[Element]) -> bool:
    """`elements` are all of the drawing in the order they begin, its root first."""
    try:
        reach = _Reading(elements).reach(elements[0], ())
    except Tangled:
        return True
    return reach.drawn > MOST_DRAWN


def local(name: str) -> str:
    return name.rpartition("}")[2]


class _Reading:
    def __init__(self, elements: list[Element]) -> None:
        self.named: dict[str, list[Element]] = {}
        for element in elements:
            if id := element.get("id"):
                self.named.setdefault(id, []).append(element)
        self.rules = list(_rules(elements))
        self.known: dict[Element, _Reach] = {}

    def reach(self, element: Element, above: tuple[Element, ...]) -> _Reach:
        """`above` are the referred elements on the way here."""
        if element not in self.known:
            self.known[element] = self._reach(element, above)
        return self.known[element]

    def _reach(self, element: Element, above: tuple[Element, ...]) -> _Reach:
        parts = [self.reach(child, above) for child in element]
        own = 1 + _points(element)
        drawn = own + sum(part.drawn for part in parts)
        depth = max((part.depth for part in parts), default=0)
        chain = max((part.chain for part in parts), default=0)
        for name, target in self._references(element):
            for meant in self.named.get(target, ()):
                there = self._follow(meant, above)
                # A marker stands on every point, a pattern fills every part; a mask is laid over once.
                times = own + sum(part.drawn for part in parts) if INHERITED.fullmatch(name) else 1
                drawn += there.drawn * times
                is_gradient = local(meant.tag) in GRADIENTS
                depth = max(depth, there.depth + (not is_gradient))
                chain = max(chain, there.chain + is_gradient)
        if depth > DEEPEST or chain > DEEPEST:
            raise Tangled
        return _Reach(drawn, depth, chain)

    def _follow(self, meant: Element, above: tuple[Element, ...]) -> _Reach:
        if meant in above or len(above) > 2 * DEEPEST:
            raise Tangled
        return self.reach(meant, (*above, meant))

    def _references(self, element: Element) -> Iterator[tuple[str, str]]:
        """(property, id) of what the element names itself or by a stylesheet."""
        for attribute, value in element.attrib.items():
            name = local(attribute)
            if name == "href":
                yield name, value.strip().removeprefix("#")
            elif name == "style":
                yield from _declared(value)
            else:
                yield from ((name, id) for id in URL.findall(value))
        for selector, declared in self.rules:
            if _means(selector, element):
                yield from declared


def _rules(elements: list[Element]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(selector, its references) of the rules that refer to something."""
    count = 0
    for style in elements:
        if local(style.tag) == "style":
            for selectors, body in RULE.findall(COMMENT.sub(" ", style.text or "")):
                for selector in selectors.split(",") if (declared := list(_declared(body))) else []:
                    count += 1
                    if count > MOST_RULES:
                        raise Tangled
                    yield selector, declared


def _declared(text: str) -> Iterator[tuple[str, str]]:
    for declaration in text.split(";"):
        name, _, value = declaration.partition(":")
        yield from ((name.strip().lower(), id) for id in URL.findall(value))


def _means(selector: str, element: Element) -> bool:
    """By its last part alone: what stands around an element is not looked at."""
    last = (re.split(r"[\s>+~]+", selector.strip()) or [""])[-1]
    bare = re.sub(r"\[[^\]]*\]|:.*", "", last)
    tag = TAG.match(bare)
    classes = (element.get("class") or "").split()
    return (
        (tag is None or tag[0] == local(element.tag))
        and all(name in classes for name in CLASS.findall(bare))
        and all(id == element.get("id") for id in ID.findall(bare))
    )


def _points(element: Element) -> int:
    """At least as many as a path has points or a text letters: each takes two characters, "h1" or "0 "."""
    described = (element.get("d") or "", element.get("points") or "")
    return sum(map(len, described)) // 2 + len((element.text or "").strip())
