"""The demo company's invoices and what came in for them, by the nouns' own verbs: see invoices.py."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from ..customers.models import Customer
from ..invoices.commands.credit_notes import credit_invoice
from ..invoices.commands.drafts import save_draft
from ..invoices.commands.issuing import create_invoice, void_invoice
from ..invoices.models import Invoice
from ..kernel import clock, money
from ..kernel.actor import Actor
from ..kernel.db.transactions import Tx, read, write
from ..kernel.jobs.handlers import work
from ..payments import jobs
from ..payments.forms import charge_invoice, turn_auto_pay
from ..payments.gateway.choose import gateway_name
from ..payments.gateway.protocol import CARD
from ..payments.gateway.sandbox.addresses import id_in
from ..payments.gateway.sandbox.gateway import Sandbox
from ..payments.gateway.sandbox.page import enter
from ..payments.methods.setup import begin_adding, finish_adding
from ..payments.recording import owed_invoices, record_payment
from .invoices import DRAFTS, INVOICES

TIMEZONE = "America/New_York"
AUTO_PAY = "Bluebird Dental"  # has a card on file and lets it be charged
TEST_CARD = {"number": "4242424242424242", "exp_month": "8", "exp_year": "2031", "cvc": "123"}


class Bill(NamedTuple):
    """One invoice as the table writes it."""

    company: str
    ago: str
    terms: str
    memo: str
    what: str
    options: str = ""

    def option(self, name: str) -> str:
        return dict(part.split("=", 1) for part in self.options.split(";") if "=" in part).get(name, "")


def by_name(tx: Tx, company: str) -> Customer:
    found: Customer = tx.first(tx.own(Customer).where(Customer.company == company))
    return found


def add_invoices(tx: Tx) -> None:
    """A quarter's history with a moving today, oldest first, so that numbers follow the calendar."""
    today = clock.today(TIMEZONE)
    rows = [Bill(*line.split("|")) for line in INVOICES.strip().splitlines()]
    for number, bill in enumerate(sorted(rows, key=lambda bill: -int(bill.ago))):
        day = today - timedelta(days=int(bill.ago))
        invoice = create_invoice(tx, f"demo-{number}", _billed(tx, bill, day), on=day)
        if bill.options == "void":
            void_invoice(tx, invoice.id, "Billed twice by mistake.")
        if bill.option("credit"):
            values = {"amount": bill.option("credit"), "reason": "Goodwill", "apply": True}
            credit_invoice(tx, invoice.id, f"demo-credit-{number}", values)
        if bill.option("paid"):
            _pay(tx, invoice, bill, min(day + timedelta(days=int(bill.terms) * 2 // 3 + 1), today))
    for company, memo, amount in DRAFTS:
        due = (today + timedelta(days=30)).isoformat()
        values = {"customer_id": by_name(tx, company).id, "memo": memo, "amount": amount, "due_on": due}
        save_draft(tx, f"demo-draft-{company}", values)


def _billed(tx: Tx, bill: Bill, day: date) -> dict[str, Any]:
    itemised = "@" in bill.what
    return {
        "customer_id": by_name(tx, bill.company).id,
        "due_on": (day + timedelta(days=int(bill.terms))).isoformat(),
        "memo": bill.memo,
        "amount": "" if itemised else bill.what,
        "itemised": itemised,
        "lines": [_bill_line(text) for text in bill.what.split("; ")] if itemised else [],
        "po_number": bill.option("po"),
    }


def _bill_line(text: str) -> dict[str, str]:
    what, _, discount = text.partition(" - ")
    what, _, price = what.partition(" @ ")
    description, _, quantity = what.partition(" * ")
    return {"description": description, "quantity": quantity, "unit_price": price, "discount": discount}


def _pay(tx: Tx, invoice: Invoice, bill: Bill, day: date) -> None:
    """Nobody is written to: it is long ago."""
    kind, _, reference = bill.option("paid").partition(":")
    part = bill.option("part") or money.plain(invoice.balance, invoice.currency)
    over = money.parse(bill.option("over") or "0", invoice.currency)
    amount = money.plain(money.parse(part, invoice.currency) + over, invoice.currency)
    values = {"amount": amount, "kind": kind, "reference": reference, "received_on": day.isoformat()}
    parts = {"parts": {invoice.id: part}, "receipt": False}
    record_payment(tx, invoice.customer_id, values | parts, f"demo-{invoice.id}")


# ---------------------------------------------------------------- a card on file


def add_card(owner: Actor) -> None:
    """Saved in the sandbox, charged once, and from then on by Auto Pay. With a real gateway there is no test card."""
    if gateway_name() != Sandbox.name:
        return
    customer_id = read(owner, lambda tx: by_name(tx, AUTO_PAY).id)
    page = begin_adding(owner, customer_id, "demo", "/")
    enter(id_in(page), CARD, TEST_CARD)
    method = finish_adding(owner, customer_id, "demo")
    assert method
    write(owner, charge_invoice, read(owner, _oldest_owed, customer_id), method.id, "", "demo")
    work(jobs.CHARGE)
    write(owner, turn_auto_pay, customer_id, True)


def _oldest_owed(tx: Tx, customer_id: str) -> str:
    return owed_invoices(tx, customer_id, "USD")[0].id
