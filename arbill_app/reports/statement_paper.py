"""A statement as it is read: its rows in words, its PDF and its CSV.

`render` waits for a child process: call it in a thread.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..invoices.documents import document_text
from ..invoices.documents.document_builder import letterhead
from ..invoices.documents.model import Letterhead
from ..invoices.documents.pdf import MAILS, drawing, typeset
from ..invoices.documents.text_layout import breakable
from ..kernel.db.transactions import Tx
from ..kernel.money import Money, plain
from ..kernel.text.formatting import date_text
from ..kernel.text.i18n import locale_of, speech, spoken
from ..kernel.text.spreadsheet import harmless
from ..kernel.typesetting.pool import Requester
from ..ledger.models import EntryKind
from ..payments.methods.method_labels import PORTAL, Say, reread
from ..sentences.marks import N_
from .statement import OF_PAYMENTS, Entry, Statement

DOMAIN = "statement"
TEMPLATE = Path(__file__).with_name("statement.typ")
MOST_PRINTED = 3000  # entries in one PDF: 250 MB while it is typeset, and more pages than anybody reads
DIGIT = re.compile(r"\d")
KINDS = {
    EntryKind.INVOICE: N_("Invoice"),
    EntryKind.VOID: N_("Invoice voided"),
    EntryKind.CREDIT_NOTE: N_("Credit note"),
    EntryKind.PAYMENT: N_("Payment"),
    EntryKind.REFUND: N_("Refund"),
    EntryKind.SETTLED: N_("Not asked for again after the refund"),
    EntryKind.REFUND_FAILED: N_("Refund failed"),
    EntryKind.DISPUTE: N_("Payment disputed at the bank"),
    EntryKind.DISPUTE_WON: N_("Disputed payment confirmed"),
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
    """A statement in words; `name` is that of its file, `left_out` how many entries came before its rows."""

    head: Letterhead
    title: str
    period: str
    opening: str
    closing: str
    opening_label: str
    closing_label: str
    columns: list[str]
    rows: list[Row]
    name: str
    left_out: int = 0


def sheet(tx: Tx, customer_id: str, found: Statement, language: str, most: int = 0) -> Sheet:
    """With the partner's and the customer's names as they are now; with `most`, only so many of the newest entries."""
    shown = found.entries[-most:]
    say, methods, locale = speech(language, DOMAIN), speech(language, PORTAL), locale_of(language)
    days = {"first": date_text(found.first, locale), "last": date_text(found.last, locale)}
    return Sheet(
        head=replace(letterhead(tx, customer_id), language=spoken(language)),
        title=say("Statement of account"),
        period=say("%(first)s to %(last)s") % days,
        opening=_amount(found.opening, found.currency, locale),
        closing=_amount(found.closing, found.currency, locale),
        opening_label=say("Opening balance on %(day)s") % {"day": days["first"]},
        closing_label=say("Closing balance on %(day)s") % {"day": days["last"]},
        columns=[say("Date"), say("What"), say("Amount"), say("Balance")],
        rows=[_row(entry, found.currency, say, methods, locale) for entry in shown],
        name=f"{say('Statement of account')} {found.first} {found.last}.pdf",
        left_out=len(found.entries) - len(shown),
    )


def _row(entry: Entry, currency: str, say: Say, methods: Say, locale: str) -> Row:
    what = say(KINDS[entry.kind])
    return Row(
        id=entry.id,
        kind=entry.kind,
        day=date_text(entry.day, locale),
        what=f"{what} {entry.number}" if entry.number else what,
        about=reread(entry.text, methods) if entry.kind in OF_PAYMENTS else entry.text,
        amount=_amount(entry.amount, currency, locale),
        balance=_amount(entry.balance, currency, locale),
    )


def _amount(minor: int, currency: str, locale: str) -> str:
    return Money(minor, currency).text(locale)


# ---------------------------------------------------------------- the CSV


def table(found: Statement, language: str) -> Iterator[list[str]]:
    """Rows for a spreadsheet, the names of the columns first: days as in ISO 8601, amounts as plain numbers."""
    say, methods = speech(language, DOMAIN), speech(language, PORTAL)
    yield [say("Date"), say("What"), say("Memo"), say("Amount"), say("Balance"), say("Currency")]
    for entry in found.entries:
        row = _row(entry, found.currency, say, methods, locale_of(language))
        amounts = [plain(entry.amount, found.currency), plain(entry.balance, found.currency), found.currency]
        yield [entry.day.isoformat(), harmless(row.what), harmless(row.about), *amounts]


# ---------------------------------------------------------------- the PDF


def render(shown: Sheet, whose: Requester = MAILS) -> bytes:
    """Tagged PDF/UA-1."""
    return typeset(TEMPLATE, printed(shown), drawing(shown.head.logo, shown.head.logo_kind), whose)


def printed(shown: Sheet) -> dict[str, Any]:
    """What the template prints, as JSON can carry it."""
    return document_text.letterhead(shown.head, shown.title) | {
        "period": shown.period,
        "columns": shown.columns,
        "opening": [shown.opening_label, shown.opening],
        "closing": [shown.closing_label, shown.closing],
        "rows": [[row.day, breakable(row.what), breakable(row.about), row.amount, row.balance] for row in shown.rows],
        "shapes": [_shapes(getattr(row, name) for row in shown.rows) for name in ("day", "amount", "balance")],
    }


def _shapes(texts: Iterable[str]) -> list[str]:
    """What a column has to be wide enough for: all digits are as wide as a zero, so there are few of these."""
    return sorted({DIGIT.sub("0", text) for text in texts})
