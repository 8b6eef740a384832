"""A letter as an email: text and HTML from the same facts."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formataddr
from html import escape
from typing import Any

from ..kernel.fields import wire_address

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


def as_email(letter: Mapping[str, Any], message_id: str, sender: str) -> EmailMessage:
    """`message_id` derives from the row: a repeat after a crash is recognisable as one."""
    email = EmailMessage()
    email["Subject"] = " ".join(str(letter["subject"]).split())
    email["From"] = formataddr((_plain(letter["sender"]), sender))
    email["To"] = formataddr((_plain(letter["name"]), wire_address(letter["to"])))
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(as_text(letter))
    email.add_alternative(as_html(letter), subtype="html")
    return email


def _plain(name: str) -> str:
    """A header is one line whatever somebody is called."""
    return " ".join(str(name).split())
