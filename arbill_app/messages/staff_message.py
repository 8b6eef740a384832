"""A message to staff, as text and HTML."""

from collections.abc import Mapping
from html import escape
from typing import Any

FONT = "font-family:Inter,Segoe UI,Helvetica,Arial,sans-serif"
BODY = "font-size:15px;line-height:24px;color:#1c1917"


def as_text(letter: Mapping[str, Any]) -> str:
    parts = [f"Hello {letter['name']},", *letter["lines"]]
    if letter["action"]:
        label, address = letter["action"]
        parts.append(f"{label}: {address}")
    return "\n\n".join([*parts, str(letter["sender"])]) + "\n"


def as_html(letter: Mapping[str, Any]) -> str:
    body = "".join(f'<p style="margin:0 0 16px">{escape(line)}</p>' for line in letter["lines"])
    return (
        f'<!doctype html><html lang="{escape(letter["language"])}"><body style="margin:0;background:#fafaf9">'
        f'<div style="max-width:520px;margin:0 auto;padding:32px 24px;{FONT};{BODY}">'
        f'<p style="margin:0 0 20px;font-weight:600">{escape(letter["sender"])}</p>'
        f'<p style="margin:0 0 16px">Hello {escape(letter["name"])},</p>{body}{_button(letter)}</div></body></html>'
    )


def _button(letter: Mapping[str, Any]) -> str:
    if not letter["action"]:
        return ""
    label, address = letter["action"]
    look = "display:inline-block;background:#047857;color:#fff;text-decoration:none;padding:10px 18px;border-radius:8px"
    return f'<p style="margin:24px 0"><a href="{escape(address, quote=True)}" style="{look}">{escape(label)}</a></p>'
