"""What happens next with the money: steps of an invoice that its screen shows first, and what a refund will do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col

from ...customers.models import Customer
from ...invoices.models import Invoice
from ...invoices.rules.lifecycle import Stage
from ...invoices.views.next_steps import Step
from ...kernel import clock, money
from ...kernel.db.activity import Activity
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.problems import Problem
from ...kernel.text.formatting import date_text
from ...partners.views import timezone
from ..allocations.reservations import disputed
from ..forms import Planned, planned_among
from ..methods.methods import chargeable, default_method, label_of
from ..models import Payment
from ..recording import owed_invoices
from ..refunding import refundable, too_much
from .payments import AttemptView, InvoiceMoney, on_account

SHOWN = 2  # of a kind

LIVE = {
    "started": ("Charging {amount}", "{method}: the answer comes within seconds."),
    "unknown": ("Charging {amount}", "{method}: no answer came yet. It is asked for again, never charged twice."),
    "processing": ("{amount} is on its way", "{method}: the bank needs a few days. Nothing else is to be done."),
    "requires_action": ("{amount} waits for approval", "{method}: the customer must approve it at their bank."),
}

DISPUTED = Step(
    "Disputed at the bank",
    "Nothing is charged by itself. Answer the bank, or charge another method.",
    "warn",
)


def money_steps(tx: Tx, invoice_id: str, found: InvoiceMoney) -> list[Step]:
    """What is under way, what went wrong last, what is planned; nothing once the invoice is settled."""
    invoice = tx.get(Invoice, invoice_id)
    if invoice.balance <= 0:
        return []
    last = found.attempts[0] if found.attempts else None
    live = [_live(attempt) for attempt in found.attempts if attempt.live]
    failed = [_declined(last)] if last and last.state == "declined" else _not_charged(tx, invoice, found)
    if disputed(tx, [invoice.id]):
        return [*live, DISPUTED]
    return [*live, *failed, *(_planned(tx, invoice, found) or _called_off(tx, invoice, found))]


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
        return [Step(f"Charge planned for {found.planned}", str(why), "warn")]
    auto = tx.get(Effect, found.planned_id).payload.get("auto")
    by = "Auto Pay is on." if auto else "Charge on due date was chosen."
    title = f"Charge {Money(invoice.balance, invoice.currency).text()} to {label_of(method)}"
    return [Step(title, f"{found.planned}: {by}")]


def _called_off(tx: Tx, invoice: Invoice, found: InvoiceMoney) -> list[Step]:
    """Somebody cancelled the planned charge, and nothing has been tried since."""
    mine = tx.own(Activity).where(Activity.subject_id == invoice.id, Activity.action == "invoice.plan_cancelled")
    row = tx.first(mine.order_by(col(Activity.id).desc()))
    if row is None or any(attempt.live for attempt in found.attempts):
        return []
    why = "Its planned charge was cancelled. Charge it now, or wait for a payment."
    return [Step("Nothing charges it by itself", why)]


# ---------------------------------------------------------------- a customer


def customer_steps(tx: Tx, customer_id: str) -> list[Step]:
    """What is late, what is charged by itself, what falls due next, what lies on account; nothing before any invoice.

    In the customer's own currency.
    """
    customer, today = tx.get(Customer, customer_id), clock.today(timezone(tx))
    owed = owed_invoices(tx, customer.id, customer.currency)
    late = [invoice for invoice in owed if invoice.due_on < today]
    coming = planned_among(tx, owed)
    alone = {invoice.id for invoice in late} | {plan.invoice_id for plan in coming}
    ahead = [invoice for invoice in owed if invoice.id not in alone]
    kept = on_account(tx, customer.id, customer.currency)
    steps = [*_late(late), *_charges(tx, customer, coming[:SHOWN]), *_due(ahead[:SHOWN])]
    if kept:
        steps.append(Step(f"{Money(kept, customer.currency).text()} is on account", "Apply it on an open invoice."))
    return steps or _calm(tx, customer)


def _late(invoices: Sequence[Invoice]) -> list[Step]:
    if not invoices:
        return []
    total = Money(sum(invoice.balance for invoice in invoices), invoices[0].currency).text()
    count = "1 invoice" if len(invoices) == 1 else f"{len(invoices)} invoices"
    return [Step(f"{total} is overdue", f"{count}, the oldest since {date_text(invoices[0].due_on)}.", "warn")]


def _charges(tx: Tx, customer: Customer, coming: Sequence[Planned]) -> list[Step]:
    method = default_method(tx, customer.id)
    why = chargeable(method) if method else Problem("method.none_on_file_to_charge")
    to = f"Charge {{amount}} to {label_of(method)}" if method and not why else "Charge of {amount} planned"
    said = [f"{plan.number}, {plan.at}. {why or ''}".strip() for plan in coming]
    kind = "warn" if why else ""
    return [Step(to.format(amount=plan.amount), words, kind) for plan, words in zip(coming, said, strict=True)]


def _due(invoices: Sequence[Invoice]) -> list[Step]:
    return [
        Step(
            f"{Money(one.balance, one.currency).text()} is due {date_text(one.due_on)}",
            f"{one.number}. Nothing charges it by itself.",
        )
        for one in invoices
    ]


def _calm(tx: Tx, customer: Customer) -> list[Step]:
    issued = tx.own(Invoice).where(Invoice.customer_id == customer.id, Invoice.stage != Stage.DRAFT)
    return [Step("Nothing is open", "Every invoice is settled.", "done")] if tx.first(issued.limit(1)) else []


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
        amount, wrong = money.up_to(typed, self.currency, self.left, too_much(self.left, self.currency))
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
