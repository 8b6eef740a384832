"""The partner's accent on light and on dark paper: each as readable as the other. Pure."""

from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

from ..partners.rules.colour import READABLE, contrast, ink_on

LIGHT, DARK, BLACK = "#ffffff", "#0f1110", "#000000"
STEPS = 25


@lru_cache(maxsize=1024)
def style(accent: str) -> str:
    """CSS variables for the page: buttons and links, each in both modes."""
    lit = readable(accent, DARK)
    shown = {"a": accent, "a-ink": ink(accent), "a-text": readable(accent, LIGHT)}
    shown |= {"d": lit, "d-ink": ink(lit), "d-text": lit}
    return ";".join(f"--{name}:{colour}" for name, colour in shown.items())


def ink(colour: str) -> str:
    """What is written on it: on a few colours in the middle only pure black or white can be read."""
    return next(one for one in (ink_on(colour), BLACK, LIGHT) if contrast(one, colour) >= READABLE)


def readable(colour: str, paper: str) -> str:
    """The colour, lighter or darker only as far as text in it can be read on this paper."""
    towards = 1 if paper == DARK else 0
    shades = (shade(colour, towards, step) for step in range(STEPS + 1))
    return next(one for one in shades if contrast(one, paper) >= READABLE)


def shade(colour: str, towards: int, step: int) -> str:
    """The same hue, so many steps of the way to white (1) or black (0)."""
    hue, light, vivid = rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    parts = hls_to_rgb(hue, light + (towards - light) * step / STEPS, vivid)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
