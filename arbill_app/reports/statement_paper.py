"""A statement as it is read: its rows in words, and its PDF. `render` gives up the interpreter: call it in a thread."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..customers.models import Customer
from ..invoices.lettering import breakable, clean
from ..invoices.paper import LETTER, REGIONS
from ..invoices.parties import buyer_of, seller_of
from ..invoices.pdf import ACCESSIBLE, drawing, typeset
from ..kernel.db import Tx
from ..kernel.money import Money
from ..kernel.speech import locale_of, speech, spoken
from ..kernel.words import date_text
from ..partners.colour import INK, READABLE, WHITE, contrast
from ..partners.models import LegalEntity, Logo, Partner
from .statement import (
    CREDIT,
    DISPUTE_WON,
    DISPUTED,
    INVOICE,
    PAYMENT,
    REFUNDED,
    SETTLED,
    VOID,
    Entry,
    Statement,
)

log = logging.getLogger(__name__)
DOMAIN = "statement"
TEMPLATE = Path(__file__).with_name("statement.typ")
KINDS = {
    INVOICE: "Invoice",
    VOID: "Invoice voided",
    CREDIT: "Credit note",
    PAYMENT: "Payment",
    REFUNDED: "Refund",
    SETTLED: "Not asked for again after the refund",
    DISPUTED: "Payment disputed at the bank",
    DISPUTE_WON: "Disputed payment confirmed",
}


@dataclass(frozen=True)
class Row:
    """`what` says what happened, `about` is its memo or method."""

    id: str
    kind: str
    day: str
    what: str
    about: str
    amount: str
    balance: str


@dataclass(frozen=True)
class Sheet:
    """A statement in words; `parties` are (label, lines) of who writes and who reads."""

    language: str
    title: str
    period: str
    opening: str
    closing: str
    opening_label: str
    closing_label: str
    columns: list[str]
    rows: list[Row]
    name: str
    seller: dict[str, Any] = field(default_factory=dict)
    buyer: dict[str, Any] = field(default_factory=dict)
    accent: str = INK
    logo: bytes = b""
    logo_kind: str = ""


def sheet(tx: Tx, customer_id: str, found: Statement, language: str) -> Sheet:
    """With the partner's and the customer's names as they are now."""
    say, locale = speech(language, DOMAIN), locale_of(language)
    partner, customer = tx.get(Partner, tx.actor.partner_id), tx.get(Customer, customer_id)
    entity = _entity(tx, customer)
    logo_id = entity.logo_id or partner.logo_id
    logo = tx.get(Logo, logo_id) if logo_id else None
    days = {"first": date_text(found.first, locale), "last": date_text(found.last, locale)}
    return Sheet(
        language=spoken(language),
        title=say("Statement of account"),
        period=say("%(first)s to %(last)s") % days,
        opening=_amount(found.opening, found.currency, locale),
        closing=_amount(found.closing, found.currency, locale),
        opening_label=say("Opening balance on %(day)s") % {"day": days["first"]},
        closing_label=say("Closing balance on %(day)s") % {"day": days["last"]},
        columns=[say("Date"), say("What"), say("Amount"), say("Balance")],
        rows=[_row(entry, found.currency, say, locale) for entry in found.entries],
        name=f"{say('Statement of account')} {found.first} {found.last}.pdf",
        seller=seller_of(entity),
        buyer=buyer_of(customer),
        accent=partner.accent,
        logo=logo.content if logo else b"",
        logo_kind=logo.kind if logo else "",
    )


def _entity(tx: Tx, customer: Customer) -> LegalEntity:
    if customer.legal_entity_id:
        return tx.get(LegalEntity, customer.legal_entity_id)
    found: LegalEntity = tx.first(tx.own(LegalEntity).where(LegalEntity.is_default))
    return found


def _row(entry: Entry, currency: str, say: Callable[[str], str], locale: str) -> Row:
    what = say(KINDS[entry.kind])
    by_hand = entry.kind == PAYMENT and entry.text in ("Check", "Wire", "Cash", "Other")
    return Row(
        id=entry.id,
        kind=entry.kind,
        day=date_text(entry.day, locale),
        what=f"{what} {entry.number}" if entry.number else what,
        about=say(entry.text) if by_hand else entry.text,
        amount=_amount(entry.amount, currency, locale),
        balance=_amount(entry.balance, currency, locale),
    )


def _amount(minor: int, currency: str, locale: str) -> str:
    return Money(minor, currency).text(locale)


# ---------------------------------------------------------------- the PDF


def render(shown: Sheet) -> bytes:
    """Tagged PDF/UA-1; what no font can show makes it a plain one."""
    data, logo = printed(shown), drawing(shown.logo, shown.logo_kind)
    for picture, standards in ((logo, [ACCESSIBLE]), (logo, []), (b"", [])):
        try:
            return typeset(_template(), data, picture, standards)
        except RuntimeError as refused:
            log.warning("a statement cannot be printed as it should: %s", refused)
    raise RuntimeError("This statement cannot be printed.")


def printed(shown: Sheet) -> dict[str, Any]:
    """What the template prints, as JSON can carry it."""
    say = speech(shown.language, DOMAIN)
    return {
        "lang": shown.language,
        "region": REGIONS[shown.language],
        "paper": "us-letter" if shown.seller["country"] in LETTER else "a4",
        "accent": shown.accent,
        "accent_text": shown.accent if contrast(shown.accent, WHITE) >= READABLE else INK,
        "title": shown.title,
        "period": shown.period,
        "seller": _party(shown.seller),
        "buyer": _party(shown.buyer),
        "logo_alt": clean(shown.seller["name"]),
        "columns": shown.columns,
        "opening": [shown.opening_label, shown.opening],
        "closing": [shown.closing_label, shown.closing],
        "rows": [[row.day, breakable(row.what), breakable(row.about), row.amount, row.balance] for row in shown.rows],
        "page": say("Page %(page)s of %(pages)s"),
    }


def _party(stored: dict[str, Any]) -> list[str]:
    return [breakable(text) for text in (stored["name"], *stored["lines"], *stored["tax_ids"]) if clean(text)]


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
