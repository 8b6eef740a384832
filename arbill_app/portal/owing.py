"""What a customer owes and how it may pay: the first screen and the sheet before "Pay now", as views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import func, select

from ..customers.models import Permission
from ..invoices.models import Invoice
from ..kernel import clock, money
from ..kernel.errors import Conflict, Invalid
from ..payments.allocation import Part
from ..payments.charging import under_way
from ..payments.gateway.protocol import CARD, CURRENCIES
from ..payments.methods import expired
from ..payments.models import Payment, PaymentMethod
from ..payments.naming import label_of
from .gate import Gate
from .words import Words


@dataclass(frozen=True)
class OwedRow:
    """`free` is what can be paid now, in minor units: nothing while a payment for all of it is under way."""

    id: str
    number: str
    memo: str
    overdue: bool
    due: str
    balance: str
    free: int
    typed: str
    busy: str = ""


@dataclass(frozen=True)
class MethodRow:
    """`why` says why it cannot be charged, "" when it can."""

    id: str
    label: str
    mark: str
    under: str
    is_default: bool
    why: str


@dataclass(frozen=True)
class Owed:
    """Everything open in one currency; `pay` is what the button says at first."""

    currency: str
    places: int
    total: str
    facts: str
    pay: str
    rows: list[OwedRow]


@dataclass(frozen=True)
class PartRow:
    id: str
    number: str
    memo: str
    amount: str
    plain: str


@dataclass(frozen=True)
class Sheet:
    """What "Pay now" would do."""

    total: str
    rows: list[PartRow]
    method: MethodRow | None
    methods: list[MethodRow] = field(default_factory=list)


# ---------------------------------------------------------------- the first screen


def first_screen(gate: Gate, typing: bool = False) -> dict[str, Any]:
    invoices = gate.open_invoices() if gate.may(Permission.INVOICES) else []
    held = under_way(gate.tx, [invoice.id for invoice in invoices])
    today = clock.today(gate.partner.timezone)
    rows: dict[str, list[tuple[Invoice, int]]] = {}
    for invoice in invoices:
        rows.setdefault(invoice.currency, []).append((invoice, held.get(invoice.id, 0)))
    return {
        "owed": [_owed(gate.say, currency, found, today) for currency, found in sorted(rows.items())],
        "company": gate.customer.company,
        "nothing": gate.say.money(0, gate.customer.currency),
        "on_account": _on_account(gate),
        "may_pay": gate.may_pay,
        "may_see": gate.may(Permission.INVOICES),
        "may_add": gate.may(Permission.PAYMENT_METHODS),
        "auto_pay": gate.customer.auto_pay and gate.may(Permission.PAYMENT_METHODS),
        "methods": method_rows(gate, gate.customer.currency) if gate.may_pay else [],
        "typing": typing,
    }


def _owed(say: Words, currency: str, found: Sequence[tuple[Invoice, int]], today: date) -> Owed:
    rows = [_row(say, invoice, held, today) for invoice, held in found]
    due = [invoice.due_on for invoice, _ in found]
    count, late = len(rows), sum(day < today for day in due)
    facts = [say("1 open invoice") if count == 1 else say("%(count)s open invoices", count=count)]
    if late:
        facts.append(say("%(count)s overdue", count=late))
    if ahead := [day for day in due if day >= today]:
        facts.append(say("next due %(day)s", day=_short(say, min(ahead), today)))
    return Owed(
        currency=currency,
        places=money.digits(currency),
        total=say.money(sum(invoice.balance for invoice, _ in found), currency),
        facts=" · ".join(facts),
        pay=say.money(sum(row.free for row in rows), currency),
        rows=rows,
    )


def _row(say: Words, invoice: Invoice, held: int, today: date) -> OwedRow:
    overdue, free = invoice.due_on < today, invoice.balance - held
    due = _short(say, invoice.due_on, today) if overdue else say("Due %(day)s", day=say.day(invoice.due_on))
    return OwedRow(
        id=invoice.id,
        number=invoice.number,
        memo=invoice.memo,
        overdue=overdue,
        due=due,
        balance=say.money(invoice.balance, invoice.currency),
        free=free,
        typed=typed_as(say, free, invoice.currency),
        busy=say("%(amount)s is on its way", amount=say.money(held, invoice.currency)) if held else "",
    )


def _short(say: Words, day: date, today: date) -> str:
    """Without the year where it is this one or close."""
    from babel.dates import format_skeleton

    return format_skeleton("MMMd", day, locale=say.locale) if abs((day - today).days) < 300 else say.day(day)


def typed_as(say: Words, minor: int, currency: str) -> str:
    """As this person would type it."""
    plain = money.plain(minor, currency)
    return plain.replace(".", ",") if say.language == "fr" else plain


def _on_account(gate: Gate) -> str:
    """What was paid beyond invoices, in the customer's currency."""
    left = select(func.coalesce(func.sum(Payment.unapplied), 0)).where(
        Payment.owned_by(gate.tx.actor),
        Payment.customer_id == gate.customer.id,
        Payment.currency == gate.customer.currency,
    )
    minor = int(gate.tx.scalar(left)) if gate.may(Permission.PAYMENTS) else 0
    return gate.say.money(minor, gate.customer.currency) if minor else ""


# ---------------------------------------------------------------- methods


def method_rows(gate: Gate, currency: str = "") -> list[MethodRow]:
    """`currency`: what is to be paid."""
    today = clock.today(gate.partner.timezone)
    return [method_row(gate.say, method, today, currency) for method in gate.methods()]


def method_row(say: Words, method: PaymentMethod, today: date, currency: str = "") -> MethodRow:
    expires = f"{method.exp_month:02}/{method.exp_year % 100:02}" if method.exp_month and method.exp_year else ""
    under = [say("Default")] if method.is_default else []
    under += [say("expires %(when)s", when=expires)] if expires else []
    if method.kind != CARD:
        under.append(say("Bank account"))
    why = why_not(say, method, today, currency)
    return MethodRow(method.id, label_of(method, say), _mark(method), _sentence(under), method.is_default, why)


def why_not(say: Words, method: PaymentMethod, today: date, currency: str) -> str:
    """Why it cannot be charged now; "" when it can."""
    if expired(method, today):
        return say("This card has expired.")
    if not method.verified:
        return say("Your bank is still verifying this account.")
    if not method.approved_at:
        return say("Waits for your approval of the pre-authorised debit.")
    if currency and currency not in CURRENCIES.get(method.kind, (currency,)):
        return say("It does not pay in %(currency)s.", currency=currency)
    return ""


def _mark(method: PaymentMethod) -> str:
    """A few letters for the picture of a card."""
    if method.kind != CARD:
        return "BANK"
    return {"visa": "VISA", "mastercard": "MC", "amex": "AMEX"}.get(method.brand.lower(), "CARD")


def _sentence(parts: list[str]) -> str:
    said = " · ".join(parts)
    return said[:1].upper() + said[1:]


# ---------------------------------------------------------------- the sheet


def sheet(gate: Gate, typed: Mapping[str, str], method_id: str = "") -> dict[str, Any]:
    """What was chosen: `typed` maps invoice ids to amounts as typed ("" is all that is open)."""
    parts = checked(gate, typed)
    currency = gate.payable(parts[0][0]).currency
    methods = method_rows(gate, currency)
    usable = [row for row in methods if not row.why]
    chosen = next((row for row in usable if row.id == method_id), usable[0] if usable else None)
    rows = [_part_row(gate, invoice_id, minor) for invoice_id, minor in parts]
    total = gate.say.money(sum(minor for _, minor in parts), currency)
    return {
        "sheet": Sheet(total, rows, chosen, methods),
        "may_add": gate.may(Permission.PAYMENT_METHODS),
        "partner": gate.partner.name,
    }


def _part_row(gate: Gate, invoice_id: str, minor: int) -> PartRow:
    invoice = gate.payable(invoice_id)
    amount = gate.say.money(minor, invoice.currency)
    return PartRow(invoice.id, invoice.number, invoice.memo, amount, money.plain(minor, invoice.currency))


def checked(gate: Gate, typed: Mapping[str, str]) -> list[Part]:
    """The parts to pay, in the words of this person's language where something is wrong; keyed `amount.<id>`."""
    say, errors = gate.say, {}
    parts: list[Part] = []
    invoices = [gate.payable(invoice_id) for invoice_id in typed]
    held = under_way(gate.tx, [invoice.id for invoice in invoices])
    for invoice in invoices:
        free = invoice.balance - held.get(invoice.id, 0)
        try:
            parts.append((invoice.id, amount_of(say, typed[invoice.id], invoice, free)))
        except ValueError as wrong:
            errors[f"amount.{invoice.id}"] = str(wrong)
    if errors:
        raise Invalid.of(errors)
    if not parts:
        raise Invalid(say("Choose what to pay."))
    if len({invoice.currency for invoice in invoices}) > 1:
        raise Invalid(say("Invoices of different currencies are paid apart."))
    return parts


def amount_of(say: Words, text: str, invoice: Invoice, free: int) -> int:
    """ValueError with a sentence unless it is more than nothing and at most `free`; Conflict when nothing is free."""
    if free <= 0:
        busy = say("A payment for %(number)s is under way already.", number=invoice.number)
        raise Conflict(busy if invoice.balance > 0 else say("%(number)s is paid already.", number=invoice.number))
    minor = say.typed(text, invoice.currency) if text.strip() else free
    if minor <= 0:
        raise ValueError(say("Enter more than nothing."))
    if minor > free:
        most = say.money(free, invoice.currency)
        raise ValueError(say("At most %(most)s can be paid on %(number)s.", most=most, number=invoice.number))
    return minor
