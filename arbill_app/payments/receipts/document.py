"""The receipt of a payment: what came in, how, and where it went, in words and as a PDF.

`render` waits for a child process: call it in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from ...customers.emails import language_of
from ...customers.models import Customer
from ...invoices.documents import document_text
from ...invoices.documents.document_builder import letterhead, letterhead_of
from ...invoices.documents.model import Letterhead
from ...invoices.documents.pdf import MAILS, drawing, typeset
from ...invoices.documents.text_layout import breakable
from ...invoices.models import Invoice
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import date_text
from ...kernel.text.i18n import locale_of, speech
from ...kernel.typesetting.pool import Requester
from ..allocations.queries import settled_by
from ..methods.method_labels import PORTAL, label_of
from ..models import Payment, PaymentMethod

DOMAIN = "receipt"
TEMPLATE = Path(__file__).with_name("receipt.typ")


@dataclass(frozen=True)
class Part:
    """What an invoice got of a payment."""

    invoice_id: str
    number: str
    amount: str


@dataclass(frozen=True)
class Receipt:
    """A receipt in words. `facts` and `rest`, what went to no invoice, are (label, value); `name` is that of its file.

    The parts and the rest come to the amount.
    """

    head: Letterhead
    title: str
    received_on: date
    amount: str
    amount_label: str
    facts: list[tuple[str, str]]
    columns: list[str]
    parts: list[Part]
    rest: list[tuple[str, str]]
    name: str


def receipt_of(tx: Tx, payment_id: str, language: str = "", only: str = "") -> Receipt:
    """In the customer's language unless another is asked for; NotFound for another partner's payment.

    `only` is the one invoice of which the reader may know: what others got counts as on account.
    """
    payment = tx.get(Payment, payment_id)
    paid = [(invoice, part) for invoice, part in settled_by(tx, payment.id) if only in ("", invoice.id)]
    language = language or language_of(tx, tx.get(Customer, payment.customer_id))
    say = speech(language, DOMAIN)
    return Receipt(
        head=replace(_head(tx, payment, [invoice for invoice, _ in paid]), language=language),
        title=say("Receipt"),
        received_on=payment.received_on,
        amount=_amount(payment, payment.amount, language),
        amount_label=say("Amount paid"),
        facts=_facts(tx, payment, language),
        columns=[say("Invoice"), say("Amount")],
        parts=[Part(invoice.id, invoice.number, _amount(payment, part, language)) for invoice, part in paid],
        rest=_rest(payment, payment.amount - sum(part for _, part in paid), language),
        name=f"{say('Receipt')} {payment.received_on}.pdf",
    )


def _amount(payment: Payment, minor: int, language: str) -> str:
    return Money(minor, payment.currency).text(locale_of(language))


def _facts(tx: Tx, payment: Payment, language: str) -> list[tuple[str, str]]:
    say = speech(language, DOMAIN)
    known = (
        (say("Date"), date_text(payment.received_on, locale_of(language))),
        (say("Paid with"), paid_with(tx, payment, language)),
        (say("Reference"), payment.reference),
    )
    return [(label, value) for label, value in known if value]


def _rest(payment: Payment, beyond: int, language: str) -> list[tuple[str, str]]:
    """`beyond` is what no invoice got, in minor units."""
    say = speech(language, DOMAIN)
    known = (
        (say("On account"), beyond - payment.refunded - payment.disputed),
        (say("Refunded"), payment.refunded),
        (say("Disputed at the bank"), payment.disputed),
    )
    return [(label, _amount(payment, minor, language)) for label, minor in known if minor]


def _head(tx: Tx, payment: Payment, paid: Sequence[Invoice]) -> Letterhead:
    """Names as they stand on the newest invoice it paid; of what lies on account, as they are now."""
    newest = max(paid, key=lambda invoice: invoice.id, default=None)
    return letterhead_of(tx, newest) if newest else letterhead(tx, payment.customer_id)


def paid_with(tx: Tx, payment: Payment, language: str) -> str:
    """ "Visa ending 4242", or how staff say that it came."""
    say = speech(language, PORTAL)
    return label_of(tx.get(PaymentMethod, payment.method_id), say) if payment.method_id else say(payment.label)


# ---------------------------------------------------------------- the PDF


def render(receipt: Receipt, whose: Requester = MAILS) -> bytes:
    """Tagged PDF/A-3a and PDF/UA-1; RuntimeError where nothing can print it."""
    return typeset(TEMPLATE, printed(receipt), drawing(receipt.head.logo, receipt.head.logo_kind), whose)


def printed(receipt: Receipt) -> dict[str, Any]:
    """What the template prints, as JSON can carry it."""
    total = [receipt.amount_label, receipt.amount, True]
    return document_text.letterhead(receipt.head, receipt.title) | {
        "date": document_text.date_parts(receipt.received_on),
        "name": receipt.name.removesuffix(".pdf"),
        "amount": receipt.amount,
        "facts": [[label, breakable(value)] for label, value in receipt.facts],
        "columns": receipt.columns,
        "rows": [[breakable(part.number), part.amount] for part in receipt.parts],
        "sums": [*([label, amount, False] for label, amount in receipt.rest), total],
    }
