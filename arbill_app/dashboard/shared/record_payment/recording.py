"""Record payment: money that came by check, wire, cash or otherwise, and which invoices it pays.

The dialog opens in place on a customer's profile and on an invoice's page, and with `?record=1` on the payments list.
What is typed stays in the tab's state until it is recorded, so closing the dialog loses nothing.
"""

import secrets
from typing import Any

import reflex as rx

from ....kernel import clock, money
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....kernel.money import Money
from ....partners.views import timezone
from ....payments.allocations.rules import oldest_first
from ....payments.forms import Owed, Payer, payer
from ....payments.recording import MANUAL, record_payment
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.record_page import page_at
from ..customer_picker import Choosing

PREFIX = "record-"
FIELDS = ("amount", "received_on", "kind", "reference", "note")
KINDS = [[kind, label] for kind, label in MANUAL.items()]


class Recording(Choosing, Base):
    """`open` is the path of the page it stands open on, or "". `parts` is what each open invoice gets, as
    text; it follows the amount until somebody types one (`by_hand`).

    Each opening has a key of its own, so that a second click records nothing more. `version` draws the controls afresh.
    """

    open: str = ""
    version: int = 0
    parts_version: int = 0
    customer: dict[str, str] = {}
    owed: list[Owed] = []
    typed: dict[str, str] = dict.fromkeys(FIELDS, "")
    parts: dict[str, str] = {}
    by_hand: bool = False
    receipt: bool = True
    outcome: str = ""
    today: str = ""
    errors: dict[str, str] = {}

    _key: str = ""
    _drawn: list[dict[str, str]] = []
    _invoice_id: str = ""

    @rx.event
    @allow(*WRITERS)
    async def begin(self, customer_id: str, invoice_id: str):
        """For this customer, or the one of this invoice; both may be empty."""
        await self._begin(customer_id, invoice_id)

    async def _begin(self, customer_id: str, invoice_id: str) -> None:
        self.today = (await self._ask(_today)).isoformat()
        same = self.customer.get("id", "") if not invoice_id else self._invoice_id
        if not self._key or (customer_id or invoice_id) not in ("", same):
            self._blank()
        if (customer_id or invoice_id) and not self.customer:
            await self._take(customer_id, invoice_id)
        self.open, self.version = _path(self), self.version + 1

    def _blank(self) -> None:
        self._key, self._invoice_id = secrets.token_hex(16), ""
        self.customer, self.owed, self.parts, self.by_hand, self.receipt = {}, [], {}, False, True
        self.typed = dict.fromkeys(FIELDS, "") | {"received_on": self.today, "kind": KINDS[0][0]}
        self.errors, self.outcome, self._drawn = {}, "", []

    async def _take(self, customer_id: str, invoice_id: str = "") -> None:
        with self._refusals(PREFIX) as refused:
            found: Payer = await self._ask(payer, customer_id, invoice_id)
        if refused:
            return
        self.customer = {"id": found.id, "company": found.company, "currency": found.currency, "told": found.told}
        self.owed, self._invoice_id, self.by_hand = found.owed, invoice_id, False
        first = found.owed[0] if found.owed else None
        if first and first.id == invoice_id and first.minor and not self.typed["amount"]:
            self.typed["amount"] = money.plain(first.minor, found.currency)
        self._share_out()

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = ""
        return self._leave()

    def _leave(self) -> Any:
        """The list's address asks for the dialog no more."""
        if _path(self) == routes.PAYMENTS:
            asked = self.router.url.query_parameters
            kept = {k: str(v) for k, v in asked.items() if k not in ("record", "invoice")}
            if asked.get("record"):
                return rx.redirect(routes.payments(**(kept | {"customer": ""})), replace=True)
        return None

    # ---- who, how much, what for

    @rx.event
    @allow(*WRITERS)
    async def choose_customer(self, customer_id: str):
        self.errors = {}
        await self._take(customer_id)
        self._look_at(PREFIX + ("amount" if self.customer else "customer"))

    @rx.event
    @allow(*WRITERS)
    async def type(self, name: str, value: str):
        if name not in FIELDS or self.typed[name] == value:
            return
        self.typed[name] = value
        self.errors.pop(name, None)
        if name == "amount":
            self._share_out()

    @rx.event
    @allow(*WRITERS)
    async def type_part(self, invoice_id: str, value: str):
        if invoice_id in [one.id for one in self.owed] and self.parts.get(invoice_id, "") != value:
            self.parts[invoice_id], self.by_hand = value, True
            self.errors.pop(f"part_{invoice_id}", None)
            self._foretell()

    @rx.event
    @allow(*WRITERS)
    async def oldest_first(self):
        self.by_hand = False
        self._share_out()

    @rx.event
    @allow(*WRITERS)
    async def toggle_receipt(self):
        self.receipt = not self.receipt

    def _share_out(self) -> None:
        """The amount over what is open, in the order of the list, unless somebody chose."""
        if not self.by_hand:
            amount = self._amount(self.typed["amount"]) or 0
            shares = dict(oldest_first([(one.id, one.minor) for one in self.owed], amount)[0])
            self.parts = {id: money.plain(part, self.customer["currency"]) for id, part in shares.items()}
            self.parts_version += 1
            self._drawn = [*self._drawn[-20:], {one.id: self.parts.get(one.id, "") for one in self.owed}]
        self._foretell()

    def _amount(self, text: str) -> int | None:
        """None while it cannot be read."""
        try:
            return money.parse(text, self.customer["currency"]) if self.customer and text.strip() else None
        except ValueError:
            return None

    def _foretell(self) -> None:
        amount = self._amount(self.typed["amount"])
        if amount is None or amount <= 0:
            self.outcome = ""
            return
        used = sum(self._amount(text) or 0 for text in self.parts.values())
        self.outcome = _outcome(Money(amount - used, self.customer["currency"]), self.customer["company"])

    # ---- done

    @rx.event
    @allow(*WRITERS)
    async def record(self, form: Form):
        if not self.open:
            return None
        if not self.customer:
            self.errors = {"customer": "Choose a customer."}
            self._look_at(PREFIX + "customer")
            return None
        self._take_form(form)
        # Nothing chosen would mean oldest first: what was left empty gets nothing.
        parts = {one.id: self.parts.get(one.id, "").strip() or "0" for one in self.owed}
        values = {**self.typed, "parts": parts, "currency": self.customer["currency"], "receipt": self.receipt}
        with self._refusals(PREFIX) as refused:
            payment = await self._run(record_payment, self.customer["id"], values, self._key)
        self.errors = refused.errors
        if refused:
            return None
        said = f"{Money(payment.amount, payment.currency).text()} from {self.customer['company']} recorded."
        told = self.customer["told"] if self.receipt else ""
        self._say(f"{said} Receipt sent to {told}." if told else said)
        self.open, self._key = "", ""
        self.customer = {}
        return await self._show_again()

    def _take_form(self, form: Form) -> None:
        """What stands in the controls at this moment, however fast the button came: shares of an older amount, which
        nobody typed, follow the amount."""
        self.typed |= {name: form[name] for name in FIELDS if name in form}
        typed = {one.id: form.get(f"part_{one.id}", "") for one in self.owed}
        if self.by_hand or typed not in self._drawn:
            self.parts = typed
        else:
            self._share_out()

    async def _show_again(self) -> Any:
        """Whichever page it was opened on shows how things stand now."""
        path = _path(self)
        if page := page_at(path):
            return page.look_again
        return self._leave() or rx.redirect(routes.PAYMENTS)


def _path(state: Base) -> str:
    return str(state.router.url.path).rstrip("/")


def _today(tx: Tx) -> Any:
    return clock.today(timezone(tx))


def _outcome(left: Money, company: str) -> str:
    if left.minor < 0:
        return f"The parts come to {Money(-left.minor, left.currency).text()} more than the amount."
    if left.minor:
        return f"{left.text()} stays on account for {company}."
    return "All of it pays these invoices: nothing stays on account."
