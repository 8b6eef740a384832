"""What happens next with the money: steps of an invoice that its screen shows first, and what a refund will do."""

from dataclasses import dataclass

from sqlmodel import col

from ..customers.models import Customer
from ..invoices.models import Invoice
from ..invoices.outlook import Step
from ..kernel import money
from ..kernel.activity import Activity
from ..kernel.db import Tx
from ..kernel.money import Money
from .methods import chargeable, default_method, label_of
from .models import Payment
from .queries import AttemptView, InvoiceMoney
from .refunding import LEFT, refundable

LIVE = {
    "started": ("Charging {amount}", "{method}: the answer comes within seconds."),
    "unknown": ("Charging {amount}", "{method}: no answer came yet. It is asked for again, never charged twice."),
    "processing": ("{amount} is on its way", "{method}: the bank needs a few days. Nothing else is to be done."),
    "requires_action": ("{amount} waits for approval", "{method}: the customer must approve it at their bank."),
}


def money_steps(tx: Tx, invoice_id: str, found: InvoiceMoney) -> list[Step]:
    """What is under way, what went wrong last, what is planned; nothing once the invoice is settled."""
    invoice = tx.get(Invoice, invoice_id)
    if invoice.balance <= 0:
        return []
    last = found.attempts[0] if found.attempts else None
    live = [_live(attempt) for attempt in found.attempts if attempt.live]
    failed = [_declined(last)] if last and last.state == "declined" else _not_charged(tx, invoice, found)
    return [*live, *failed, *_planned(tx, invoice, found)]


def _live(attempt: AttemptView) -> Step:
    title, why = LIVE[attempt.state]
    waits = "warn" if attempt.state == "requires_action" else ""
    return Step(title.format(amount=attempt.amount), why.format(method=attempt.method), waits)


def _declined(attempt: AttemptView) -> Step:
    why = attempt.why or "The bank did not say why."
    return Step(f"Declined: {attempt.method}", f"{why} The invoice stays open: charge another method.", "warn")


def _not_charged(tx: Tx, invoice: Invoice, found: InvoiceMoney) -> list[Step]:
    """The day came and nothing could be charged: that is nobody's attempt, so it stands in the activity only."""
    if found.planned or found.attempts:
        return []
    mine = tx.own(Activity).where(Activity.subject_id == invoice.id, Activity.action == "invoice.not_charged")
    row = tx.first(mine.order_by(col(Activity.id).desc()))
    return [Step("Not charged", f"{row.note} The invoice stays open.", "warn")] if row else []


def _planned(tx: Tx, invoice: Invoice, found: InvoiceMoney) -> list[Step]:
    if not found.planned:
        return []
    method = default_method(tx, invoice.customer_id)
    if method is None:
        return [Step(f"Charge planned for {found.planned}", "There is no payment method on file to charge.", "warn")]
    if why := chargeable(method):
        return [Step(f"Charge planned for {found.planned}", why, "warn")]
    by = "Auto Pay is on." if tx.get(Customer, invoice.customer_id).auto_pay else "Charge on due date was chosen."
    title = f"Charge {Money(invoice.balance, invoice.currency).text()} to {label_of(method)}"
    return [Step(title, f"{found.planned}: {by}")]


# ---------------------------------------------------------------- refunds


@dataclass(frozen=True)
class Refunding:
    """A payment that may be refunded, in minor units: `left` at most, `unapplied` of it first."""

    payment_id: str
    company: str
    label: str
    currency: str
    left: int
    unapplied: int
    by_gateway: bool

    def outcome(self, typed: str, owed_again: bool) -> str:
        """What a refund of this amount will do; "" while the amount cannot be read."""
        amount, wrong = money.up_to(typed, self.currency, self.left, LEFT)
        if wrong:
            return ""
        back = f"{self._text(amount)} goes back to {self.label if self.by_gateway else self.company}"
        how = "." if self.by_gateway else ": give it back yourself, arbill writes it down."
        return back + how + self._after(amount, owed_again)

    def _after(self, amount: int, owed_again: bool) -> str:
        from_account = min(amount, self.unapplied)
        rest = amount - from_account
        said = f" {self._text(from_account)} of it lies on account." if from_account and rest else ""
        if not rest:
            return " It lies on account: no invoice changes."
        again = f"{self._text(rest)} is owed again on its invoices." if owed_again else "Its invoices stay settled."
        return f"{said} {again}"

    def _text(self, minor: int) -> str:
        return Money(minor, self.currency).text()


def refunding(tx: Tx, payment_id: str) -> Refunding:
    payment = tx.get(Payment, payment_id)
    return Refunding(
        payment_id=payment.id,
        company=tx.get(Customer, payment.customer_id).company,
        label=payment.label,
        currency=payment.currency,
        left=max(refundable(tx, payment), 0),
        unapplied=payment.unapplied,
        by_gateway=bool(payment.charge_id),
    )
