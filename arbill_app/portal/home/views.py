"""What a customer owes and how it may pay: the first screen and the sheet before "Pay now", as views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...customers.models import Permission
from ...invoices.models import Invoice
from ...kernel import clock, money
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import BadValue, Problem
from ...payments.allocations.rules import Part
from ...payments.charging.attempts import under_way
from ...payments.gateway.choose import takes_payments
from ..gate import Gate
from ..i18n import Words
from .from_account import on_account
from .methods import MethodRow, chosen_of, method_rows


@dataclass(frozen=True)
class OwedRow:
    """`free` is what can be paid now, in minor units: nothing while a payment for all of it is under way.

    `planned` says when it is charged by itself.
    """

    id: str
    number: str
    memo: str
    overdue: bool
    due: str
    balance: str
    free: int
    typed: str
    busy: str = ""
    planned: str = ""


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

    @property
    def kinds(self) -> list[str]:
        """Which kinds of method are offered (card, bank account)."""
        return sorted({"bank" if method.bank else "card" for method in self.methods if not method.why}, reverse=True)


# ---------------------------------------------------------------- the first screen


def first_screen(gate: Gate, typing: bool = False, method_id: str = "") -> dict[str, Any]:
    """`method_id` is the method that was chosen before."""
    invoices = gate.open_invoices() if gate.may(Permission.INVOICES) else []
    held = under_way(gate.tx, [invoice.id for invoice in invoices])
    today = clock.today(gate.partner.timezone)
    rows: dict[str, list[tuple[Invoice, int]]] = {}
    for invoice in invoices:
        rows.setdefault(invoice.currency, []).append((invoice, held.get(invoice.id, 0)))
    methods = method_rows(gate, gate.customer.currency) if gate.may_pay else []
    left = on_account(gate, gate.customer.currency)
    online = takes_payments()
    offered = [method for method in methods if method.approved]
    may_add = gate.may(Permission.PAYMENT_METHODS)
    return {
        "owed": [_owed(gate, currency, found, today) for currency, found in sorted(rows.items())],
        "company": gate.customer.company,
        "nothing": gate.say.money(0, gate.customer.currency),
        "on_account": gate.say.money(left, gate.customer.currency) if left else "",
        "may_pay": gate.may_pay and online,
        "may_apply": gate.may_pay,
        "offline": gate.may_pay and not online,
        "partner": gate.partner.name,
        "may_see": gate.may(Permission.INVOICES),
        "may_add": may_add and online,
        "auto_pay": gate.customer.auto_pay and may_add,
        "methods": offered,
        "chosen": chosen_of(offered, method_id),
        "to_approve": [method.label for method in methods if not method.approved] if may_add else [],
        "typing": typing,
    }


def _owed(gate: Gate, currency: str, found: Sequence[tuple[Invoice, int]], today: date) -> Owed:
    say, plans = gate.say, gate.planned_charges([invoice.id for invoice, _ in found])
    rows = [_row(say, invoice, held, today, _planned(gate, plans.get(invoice.id), today)) for invoice, held in found]
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


def _planned(gate: Gate, when: datetime | None, today: date) -> str:
    """On which day it is charged by itself, "" when it is not."""
    if when is None:
        return ""
    day = _short(gate.say, when.astimezone(ZoneInfo(gate.partner.timezone)).date(), today)
    if gate.customer.auto_pay:
        return gate.say("Auto Pay charges it on %(day)s", day=day)
    return gate.say("Charged by itself on %(day)s", day=day)


def _row(say: Words, invoice: Invoice, held: int, today: date, planned: str) -> OwedRow:
    overdue, free = invoice.due_on < today, max(0, invoice.balance - held)
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
        planned=planned if free > 0 else "",
    )


def _short(say: Words, day: date, today: date) -> str:
    """Without the year where it is this one or close."""
    from babel.dates import format_skeleton

    return format_skeleton("MMMd", day, locale=say.locale) if abs((day - today).days) < 300 else say.day(day)


def typed_as(say: Words, minor: int, currency: str) -> str:
    """As this person would type it."""
    plain = money.plain(minor, currency)
    return plain.replace(".", ",") if say.language == "fr" else plain


# ---------------------------------------------------------------- the sheet


def sheet(gate: Gate, typed: Mapping[str, str], method_id: str = "") -> dict[str, Any]:
    """What was chosen: `typed` maps invoice ids to amounts as typed ("" is all that is open)."""
    parts = checked(gate, typed)
    currency = gate.payable(parts[0][0]).currency
    methods = method_rows(gate, currency)
    chosen = chosen_of(methods, method_id)
    rows = [_part_row(gate, invoice_id, minor) for invoice_id, minor in parts]
    total = gate.say.money(sum(minor for _, minor in parts), currency)
    return {
        "sheet": Sheet(total, rows, chosen, methods),
        "may_add": gate.may(Permission.PAYMENT_METHODS) and takes_payments(),
        "offline": not takes_payments(),
        "partner": gate.partner.name,
    }


def _part_row(gate: Gate, invoice_id: str, minor: int) -> PartRow:
    invoice = gate.payable(invoice_id)
    amount = gate.say.money(minor, invoice.currency)
    return PartRow(invoice.id, invoice.number, invoice.memo, amount, money.plain(minor, invoice.currency))


def checked(gate: Gate, typed: Mapping[str, str]) -> list[Part]:
    """The parts to pay; what is wrong with one is keyed `amount.<id>`."""
    problems: dict[str, Problem] = {}
    parts: list[Part] = []
    invoices = [gate.payable(invoice_id) for invoice_id in typed]
    held = under_way(gate.tx, [invoice.id for invoice in invoices])
    for invoice in invoices:
        free = invoice.balance - held.get(invoice.id, 0)
        try:
            parts.append((invoice.id, amount_of(gate.say, typed[invoice.id], invoice, free)))
        except BadValue as wrong:
            problems[f"amount.{invoice.id}"] = wrong.problem
    if problems:
        raise Invalid.of(problems)
    if not parts:
        raise Invalid(Problem("payment.nothing_chosen"))
    if len({invoice.currency for invoice in invoices}) > 1:
        raise Invalid(Problem("payment.different_currencies"))
    return parts


def amount_of(say: Words, text: str, invoice: Invoice, free: int) -> int:
    """BadValue unless it is more than nothing and at most `free`; Conflict when nothing is free."""
    if free <= 0:
        raise Conflict(
            Problem("payment.under_way" if invoice.balance > 0 else "payment.paid_already", number=invoice.number)
        )
    minor = say.typed(text, invoice.currency) if text.strip() else free
    if minor <= 0:
        raise BadValue(Problem("payment.nothing"))
    if minor > free:
        most = money.Money(free, invoice.currency)
        raise BadValue(Problem("payment.more_than_open", most=most, number=invoice.number))
    return minor
