"""Saved ways to pay and Auto Pay: verbs and views of the payment methods page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...customers.models import Permission
from ...customers.portal_auth.sign_in import Seat
from ...invoices.models import Invoice
from ...kernel import clock
from ...kernel.db.transactions import Tx, read
from ...kernel.errors import Conflict
from ...kernel.problems import Problem
from ...payments import autopay
from ...payments.charging.gateway_limits import may_ask
from ...payments.gateway.choose import takes_payments
from ...payments.gateway.protocol import CARD, CURRENCIES, PAD, US_BANK, Gateway
from ...payments.methods import methods, setup
from ..gate import Gate
from ..home.methods import MethodRow, method_rows


@dataclass(frozen=True)
class NextCharge:
    number: str
    amount: str
    day: str


def methods_page(gate: Gate) -> dict[str, Any]:
    gate.must(Permission.PAYMENT_METHODS)
    rows = method_rows(gate)
    since = gate.auto_pay_since()
    return {
        "methods": rows,
        "waiting": [method.id for method in gate.methods() if not method.approved_at],
        "auto_pay": gate.customer.auto_pay,
        "since": gate.say.moment(since.at, gate.partner.timezone) if since and since.on else "",
        "by": since.by_name if since and since.on else "",
        "agreement": agreement(gate),
        "chargeable": bool(rows and rows[0].is_default and not rows[0].why),
        "next": next_charges(gate),
        "company": gate.customer.company,
        "offline": not takes_payments(),
        "partner": gate.partner.name,
    }


def agreement(gate: Gate) -> str:
    """The words that turning Auto Pay on agrees to, in the language they are read in."""
    return gate.say(methods.AGREED).format(company=gate.customer.company, partner=gate.partner.name)


def next_charges(gate: Gate) -> list[NextCharge]:
    """What Auto Pay will charge next, or would if it were on."""
    if not gate.may(Permission.INVOICES):
        return []
    return [_next(gate, invoice) for invoice in gate.open_invoices()[:10]]


def _next(gate: Gate, invoice: Invoice) -> NextCharge:
    effect = autopay.planned(gate.for_verbs, invoice.id)
    tomorrow = clock.today(gate.partner.timezone) + timedelta(days=1)
    day = gate.say.moment(effect.due_at, gate.partner.timezone) if effect else ""
    amount = gate.say.money(invoice.balance, invoice.currency)
    return NextCharge(invoice.number, amount, day or gate.say.day(max(invoice.due_on, tomorrow)))


# ---------------------------------------------------------------- adding


def begin(seat: Seat, language: str, key: str, back: str) -> str:
    """The gateway's page, asked for outside of any transaction; it leads `back`. The same again for the same `key`."""
    read(seat.actor, _may_add, seat, language)
    may_ask(seat.contact_id)
    return setup.begin_adding(seat.actor.for_partner(), seat.customer_id, key, back)


def finish(seat: Seat, language: str, key: str) -> str:
    """Keeps what was typed on the gateway's page: the method's id, or "" when nothing was."""
    read(seat.actor, _may_add, seat, language)
    may_ask(seat.contact_id)
    method = setup.finish_adding(seat.actor.for_partner(), seat.customer_id, key)
    return method.id if method else ""


def _may_add(tx: Tx, seat: Seat, language: str) -> None:
    Gate(tx, seat, language).must(Permission.PAYMENT_METHODS)


def kinds(gateway: Gateway, currency: str) -> list[str]:
    """What can pay in this currency."""
    every = (CARD, US_BANK, PAD)
    return [kind for kind in every if kind in gateway.kinds and currency in CURRENCIES.get(kind, (currency,))]


# ---------------------------------------------------------------- changing


def choose_default(tx: Tx, seat: Seat, language: str, method_id: str) -> None:
    gate = Gate(tx, seat, language)
    methods.make_default(gate.for_verbs, gate.method(method_id).id)


def approve(tx: Tx, seat: Seat, language: str, method_id: str) -> None:
    gate = Gate(tx, seat, language)
    methods.approve(gate.for_verbs, gate.method(method_id).id)


def removal(gate: Gate, method_id: str) -> dict[str, Any]:
    """What would stop without it."""
    method = gate.method(method_id)
    row = next(row for row in method_rows(gate) if row.id == method.id)
    return {"method": row, "auto_pay": method.is_default and gate.customer.auto_pay, "charged": _charged(gate, row)}


def _charged(gate: Gate, row: MethodRow) -> list[NextCharge]:
    """What is planned to be charged to the default method."""
    if not row.is_default or not gate.may(Permission.INVOICES):
        return []
    planned = [invoice for invoice in gate.open_invoices() if autopay.planned(gate.for_verbs, invoice.id)]
    return [_next(gate, invoice) for invoice in planned]


def remove(tx: Tx, seat: Seat, language: str, method_id: str) -> None:
    gate = Gate(tx, seat, language)
    methods.remove_method(gate.for_verbs, gate.method(method_id).id, confirmed=True)


def switch_auto_pay(tx: Tx, seat: Seat, language: str, on: bool) -> None:
    """On, what is open is planned to be charged; off, it is not any more."""
    gate = Gate(tx, seat, language)
    gate.must(Permission.PAYMENT_METHODS, Permission.PAYMENTS)
    try:
        methods.set_auto_pay(gate.for_verbs, gate.customer.id, on, gate.partner.name, agreement(gate))
    except Conflict:
        raise Conflict(Problem("method.none_to_charge")) from None
