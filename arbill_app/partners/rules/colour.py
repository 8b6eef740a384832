"""Colours as #rrggbb, and how well one is read on another."""

from decimal import Decimal

WHITE, INK = "#ffffff", "#1c1917"
READABLE = Decimal("4.5")  # WCAG 2 AA for text


def ink_on(colour: str) -> str:
    """White or near black, whichever is easier to read on it."""
    return WHITE if contrast(colour, WHITE) >= contrast(colour, INK) else INK


def contrast(one: str, other: str) -> Decimal:
    """By WCAG 2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + Decimal("0.05")) / (dark + Decimal("0.05"))


def _luminance(colour: str) -> Decimal:
    red, green, blue = (_linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue


def _linear(channel: int) -> Decimal:
    part = Decimal(channel) / 255
    if part <= Decimal("0.04045"):
        return part / Decimal("12.92")
    return ((part + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
