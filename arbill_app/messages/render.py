"""A message as an email: subject, text and HTML from the same facts, in the customer's language.

The layout is compiled from MJML once a process; what differs from message to message is put into the result.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mjml import mjml2html

from ..kernel.db.outbox import Effect
from ..kernel.db.transactions import Tx
from ..kernel.message import Message, opened
from ..kernel.settings import settings
from ..kernel.text.i18n import locale_of, speech, spoken
from . import headers, staff_message, wording
from .attachments import attached
from .brand import Brand, brand_of
from .headers import Email

MAIL = Path(__file__).parent / "mail"
LOGO = "logo@arbill"


@dataclass(frozen=True)
class Rendered:
    """`language` is the catalogue it is really in; `warnings` are sentences for staff."""

    subject: str
    text: str
    html: str
    language: str
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Worded:
    """What a message says, before it has a shape: `lines` are paragraphs of plain text."""

    subject: str
    lines: list[str]
    button: str
    link: str


def email_for(tx: Tx, effect: Effect, message_id: str, brand: Brand | None = None) -> Email:
    """The email of a letter or message; `message_id` derives from the row, so that a repeat is recognisable.

    `brand`, where it is known already, is not asked for again.
    """
    if "kind" not in effect.payload:
        return _letter(opened(effect.payload), message_id)
    message = Message(**opened(effect.payload))
    email = _message(message, brand or brand_of(tx), message_id)
    for paper in attached(tx, message.attach):
        headers.attach(email, *paper)
    return email


def sender_address() -> str:
    """Where messages come from: `?from=` in ARBILL_SMTP_URL."""
    parts = urlsplit(settings().smtp_url or settings().origin)
    return parse_qs(parts.query).get("from", [f"billing@{parts.hostname}"])[0]


def _letter(letter: Mapping[str, Any], message_id: str) -> Email:
    to = [(letter["name"], letter["to"])]
    email = headers.new(letter["subject"], letter["sender"], sender_address(), to, message_id)
    headers.write(email, staff_message.as_text(letter), staff_message.as_html(letter))
    return email


def _message(message: Message, brand: Brand, message_id: str) -> Email:
    done = compose(message, brand, logo=f"cid:{LOGO}")
    email = headers.new(done.subject, brand.name, sender_address(), message.to, message_id, message.cc)
    headers.reply_to(email, brand.name, brand.reply_to)
    headers.answer(email, message.thread, message_id)
    headers.unsubscribe(email, message.kind)
    headers.write(email, done.text, done.html)
    if brand.logo:
        email.get_body(["html"]).add_related(  # type: ignore[union-attr]
            brand.logo[1], "image", brand.logo[0], cid=f"<{LOGO}>", disposition="inline"
        )
    return email


# ---------------------------------------------------------------- what it says


def rendered(tx: Tx, payload: Mapping[str, Any]) -> Rendered:
    """As people see it, the logo inside."""
    return with_logo(Message(**opened(payload)), brand_of(tx))


def with_logo(message: Message, brand: Brand) -> Rendered:
    subtype, content = brand.logo or ("", b"")
    return compose(message, brand, logo=f"data:image/{subtype};base64,{base64.b64encode(content).decode()}")


def worded(message: Message, brand: Brand) -> Worded:
    values, language = values_of(message, brand), spoken(message.language)
    subject, body = words(message.kind, language, brand)
    return Worded(
        subject=wording.subject_line(subject, values),
        lines=[wording.as_text(lines, values) for lines in wording.paragraphs(body, values)],
        button=wording.button(message.kind, language, values) if message.link else "",
        link=message.link,
    )


def words(kind: str, language: str, brand: Brand) -> tuple[str, str]:
    """(subject, body): the partner's own, else ours."""
    return (brand.words or {}).get((kind, language)) or wording.ours(kind, language)


def values_of(message: Message, brand: Brand) -> dict[str, str]:
    """A single recipient is called by their first name; several are not called anything."""
    name = message.to[0][0].partition(" ")[0] if len(message.to) == 1 else ""
    return dict.fromkeys(wording.KINDS[message.kind].known, "") | {"partner": brand.name, "name": name} | message.values


def compose(message: Message, brand: Brand, logo: str) -> Rendered:
    values, language = values_of(message, brand), spoken(message.language)
    body = words(message.kind, language, brand)[1]
    said = worded(message, brand)
    shared = {
        "facts": list(wording.facts(message.kind, language, values)),
        "button": said.button,
        "link": said.link,
        "footer": brand.footer(language),
        "sent_with": speech(language, wording.DOMAIN)(wording.FOOTER),
    }
    html = _layout().render(
        shared,
        lang=locale_of(language).replace("_", "-"),
        dir=_direction(language),
        subject=said.subject,
        preview=" ".join(said.lines[1:2]),
        partner=brand.name,
        logo=logo if brand.logo else "",
        accent=brand.accent,
        ink=brand.ink,
        edge=brand.edge,
        code=values.get("code", "") if message.kind == "code" else "",
        paragraphs=[wording.as_markup(lines, values) for lines in wording.paragraphs(body, values)],
    )
    text = _plain().render(shared, paragraphs=said.lines, fact_line=wording.fact_line, language=language)
    return Rendered(said.subject, text, html, language, warnings_of(message.language))


def warnings_of(language: str) -> list[str]:
    if is_spoken(language):
        return []
    return [f"There is no {language_name(language)} wording yet: this message is in English."]


def is_spoken(language: str) -> bool:
    return spoken(language) == language.replace("_", "-").partition("-")[0].lower()


def language_name(code: str) -> str:
    """As its own speakers call it: "Deutsch"."""
    name = Locale.parse(code.replace("-", "_")).get_display_name() or code
    return name[:1].upper() + name[1:]


@cache
def _direction(language: str) -> str:
    return str(Locale.parse(locale_of(language)).text_direction)


@cache
def _layout() -> Template:
    pages = Environment(autoescape=True, undefined=StrictUndefined)
    return pages.from_string(mjml2html((MAIL / "layout.mjml").read_text()))


@cache
def _plain() -> Template:
    return Environment(loader=FileSystemLoader(MAIL), undefined=StrictUndefined).get_template("plain.txt")
