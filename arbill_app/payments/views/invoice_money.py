"""What the staff's screens may know of an invoice's money: each payment once, each refund once, what was tried."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from ...invoices.models import CreditNote, Invoice
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import day, day_and_time
from ...ledger.models import EntryKind, LedgerEntry
from ...partners.views import timezone
from ..allocations.reservations import free_of
from ..charging.attempts import CHARGE
from ..charging.charge_schedule import planned
from ..gateway.declines import decline
from ..methods.methods import default_method, label_of
from ..models import Attempt, AttemptPart, AttemptState, Dispute, Payment, PaymentMethod, Refund

RECENT = timedelta(seconds=30)
LOOKS = {"succeeded": "ok", "declined": "bad", "canceled": "", "requires_action": "warn", "unknown": "warn"}


@dataclass(frozen=True)
class AttemptView:
    """`amount` is this invoice's part; `recent`: it ended within the last half minute."""

    id: str
    amount: str
    method: str
    state: str
    state_label: str
    why: str
    at: str
    live: bool
    recent: bool = False
    cancellable: bool = False


@dataclass(frozen=True)
class MoneyRow:
    """Something that happened to an invoice's money, with this invoice's part of the amount.

    `badge` is "" where nothing is noteworthy; `attempt_id` is there while it can be called off.
    """

    id: str
    what: str
    about: str
    amount: str
    why: str = ""
    badge: str = ""
    look: str = ""
    payment_id: str = ""
    attempt_id: str = ""
    busy: bool = False


@dataclass(frozen=True)
class InvoiceMoney:
    """`free` is what could be charged or recorded now; `on_account` what could be applied.

    `planned` says when, `planned_method` to what, as far as there is something to charge.
    """

    attempts: list[AttemptView] = field(default_factory=list)
    rows: list[MoneyRow] = field(default_factory=list)
    planned_id: str = ""
    planned: str = ""
    planned_amount: str = ""
    planned_method: str = ""
    free: str = ""
    on_account: str = ""


Dated = tuple[datetime, MoneyRow]
Cause = Refund | Dispute  # by which something of a payment went back


def invoice_money(tx: Tx, invoice_id: str) -> InvoiceMoney:
    invoice, zone = tx.get(Invoice, invoice_id), timezone(tx)
    effect = planned(tx, invoice.id)
    method = default_method(tx, invoice.customer_id) if effect else None
    free = free_of(tx, invoice)
    left = on_account(tx, invoice.customer_id, invoice.currency) if invoice.balance else 0
    tried = _attempts(tx, invoice.id)
    views = [_attempt(tx, row, part, zone) for row, part in tried]
    return InvoiceMoney(
        attempts=views,
        rows=_rows(tx, invoice, [(row, view) for (row, _), view in zip(tried, views, strict=True)], zone),
        planned_id=effect.id if effect else "",
        planned=day_and_time(effect.due_at, zone) if effect else "",
        planned_amount=Money(max(free, 0), invoice.currency).text() if effect else "",
        planned_method=label_of(method) if method else "",
        free=Money(free, invoice.currency).text() if free > 0 else "",
        on_account=Money(left, invoice.currency).text() if left else "",
    )


def on_account(tx: Tx, customer_id: str, currency: str) -> int:
    """Minor units of payments and credit notes of a customer that nothing uses yet."""
    total = 0
    for model in (Payment, CreditNote):
        mine = tx.own(model).where(
            model.customer_id == customer_id, model.currency == currency, col(model.unapplied) > 0
        )
        total += sum(row.unapplied for row in tx.all(mine))
    return total


# ---------------------------------------------------------------- what was tried


def _attempts(tx: Tx, invoice_id: str) -> list[tuple[Attempt, int]]:
    """With minor units of this invoice, the newest first."""
    mine = tx.own(Attempt).join(AttemptPart, col(AttemptPart.attempt_id) == Attempt.id)
    wanted = mine.where(AttemptPart.invoice_id == invoice_id).add_columns(col(AttemptPart.amount))
    return [(row, int(part)) for row, part in tx.rows(wanted.order_by(col(Attempt.id).desc()))]


def _attempt(tx: Tx, row: Attempt, part: int, zone: str) -> AttemptView:
    return AttemptView(
        id=row.id,
        amount=Money(part, row.currency).text(),
        method=label_of(tx.get(PaymentMethod, row.method_id)),
        state=row.state,
        state_label=AttemptState(row.state).label,
        why=_why(tx, row),
        at=day_and_time(row.created_at, zone),
        live=row.ended_at is None,
        recent=row.ended_at is not None and clock.now() - row.ended_at < RECENT,
        cancellable=row.state in (AttemptState.STARTED, AttemptState.REQUIRES_ACTION),
    )


def _why(tx: Tx, row: Attempt) -> str:
    """What the bank said, what went wrong, or why it takes its time."""
    if row.decline_code:
        return decline(row.decline_code).staff
    if row.error or row.state not in (AttemptState.STARTED, AttemptState.UNKNOWN):
        return row.error
    return str(
        tx.scalar(select(Effect.last_error).where(Effect.owned_by(tx.actor), Effect.key == f"{CHARGE}:{row.id}")) or ""
    )


def _tried(view: AttemptView) -> MoneyRow:
    return MoneyRow(
        id=view.id,
        what=f"Charge to {view.method}",
        about=view.at,
        amount=view.amount,
        why=view.why,
        badge=view.state_label,
        look=LOOKS.get(view.state, "info"),
        attempt_id=view.id if view.cancellable else "",
        busy=view.state == AttemptState.STARTED,
    )


# ---------------------------------------------------------------- what came of it


def _rows(tx: Tx, invoice: Invoice, tried: Sequence[tuple[Attempt, AttemptView]], zone: str) -> list[MoneyRow]:
    """The newest first. A charge that became a payment is that payment's row."""
    entries = tx.all(tx.own(LedgerEntry).where(LedgerEntry.invoice_id == invoice.id).order_by(col(LedgerEntry.id)))
    causes = _refunds_and_disputes(tx, entries)
    credits: dict[str, list[LedgerEntry]] = {}
    payments: dict[str, list[LedgerEntry]] = {}
    for one in entries:
        if one.kind == EntryKind.APPLIED and one.cause_kind == CreditNote.__tablename__:
            credits.setdefault(one.cause_id, []).append(one)
        elif one.kind in (EntryKind.APPLIED, EntryKind.REFUND, EntryKind.DISPUTE):
            cause = causes.get(one.cause_id)
            payments.setdefault(cause.payment_id if cause else one.cause_id, []).append(one)
    dated = [row for id, mine in credits.items() for row in _credit(tx.get(CreditNote, id), mine, invoice, zone)]
    became: set[str | None] = set()
    for id, mine in payments.items():
        payment = tx.get(Payment, id)
        became.add(payment.attempt_id)
        dated += _of_payment(payment, [(one, causes.get(one.cause_id)) for one in mine], zone)
    dated += [(row.created_at, _tried(view)) for row, view in tried if row.id not in became]
    return [row for _, row in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def _refunds_and_disputes(tx: Tx, entries: Sequence[LedgerEntry]) -> dict[str, Cause]:
    """Those by which something went back, by their ids."""
    found: dict[str, Cause] = {}
    for kind, model in ((EntryKind.REFUND, Refund), (EntryKind.DISPUTE, Dispute)):
        ids = {one.cause_id for one in entries if one.kind == kind}
        found |= {row.id: row for row in tx.all(tx.own(model).where(col(model.id).in_(ids)))} if ids else {}
    return found


def _credit(credit: CreditNote, mine: Sequence[LedgerEntry], invoice: Invoice, zone: str) -> list[Dated]:
    what, amount = f"Credit note {credit.number}", -sum(one.amount for one in mine)
    text = Money(amount, invoice.currency).text()
    at = mine[0].created_at
    return [(at, MoneyRow(credit.id, what, day(at, zone), text))] if amount else []


def _of_payment(payment: Payment, mine: Sequence[tuple[LedgerEntry, Cause | None]], zone: str) -> list[Dated]:
    """The payment with all that this invoice ever got of it, then a row for each time that something went back.

    A dispute that was won took nothing: what it gave back is counted once.
    """
    lasting = [(one, cause) for one, cause in mine if cause and cause.state != "won"]
    got = sum(one.amount for one, _ in lasting) - sum(one.amount for one, _ in mine)
    gone = [_gone(payment, one, cause, zone) for one, cause in lasting]
    badge, look = _standing(got, lasting)
    first = mine[0][0].created_at
    row = MoneyRow(
        id=payment.id,
        what=payment.label,
        about=" · ".join(said for said in (day(first, zone), payment.reference) if said),
        amount=Money(got, payment.currency).text(),
        badge=badge,
        look=look,
        payment_id=payment.id,
    )
    return [(first, row), *gone] if got else gone


def _standing(got: int, gone: Iterable[tuple[LedgerEntry, Cause]]) -> tuple[str, str]:
    """(badge, look) of what is left of a payment here."""
    refunded = disputed = 0
    for one, cause in gone:
        if isinstance(cause, Dispute):
            disputed += one.amount
        else:
            refunded += one.amount
    if disputed:
        return "Disputed", "bad"
    if refunded:
        return ("Refunded" if refunded >= got else "Partly refunded"), ""
    return "", ""


def _gone(payment: Payment, taken: LedgerEntry, cause: Cause, zone: str) -> Dated:
    disputed = isinstance(cause, Dispute)
    again = disputed or (isinstance(cause, Refund) and cause.owed_again)
    row = MoneyRow(
        id=taken.id,
        what="Disputed" if disputed else "Refunded",
        about=" · ".join((payment.label, day(taken.created_at, zone))),
        amount=Money(-taken.amount, payment.currency).text(),
        why="It is owed again." if again else "",
        payment_id=payment.id if disputed else "",
    )
    return taken.created_at, row
