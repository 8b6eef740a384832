"""Saved ways to pay, and Auto Pay. Card numbers are entered on the gateway's page; arbill only stores the token."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from ...customers.models import Customer
from ...invoices.models import Invoice, Option
from ...invoices.payment_facts import Method as Choice
from ...kernel import clock
from ...kernel.actor import Kind
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...kernel.problems import Problem, listed
from ...partners.views import timezone
from ...sentences.marks import N_
from ..charging.charge_schedule import plan_for_auto_pay, unplan
from ..emails import tell_method_added
from ..gateway.choose import takes_payments
from ..gateway.none import NOT_SET_UP
from ..gateway.protocol import CARD, CURRENCIES, PAD, US_BANK
from ..gateway.protocol import Method as Found
from ..models import Attempt, AttemptState, AutoPayChange, PaymentMethod, Setup
from .method_labels import BRANDS as BRANDS
from .method_labels import MethodName
from .method_labels import label_of as label_of

KIND_LABELS = {CARD: "Card", US_BANK: "Bank account (ACH)", PAD: "Pre-authorised debit (PAD)"}
AGREED = N_(
    "{company} lets {partner} charge its default payment method for each invoice on its due date, "
    "until Auto Pay is turned off."
)


def expiry_of(method: PaymentMethod) -> str:
    return f"{method.exp_month:02}/{method.exp_year}" if method.exp_month and method.exp_year else ""


def expired(method: PaymentMethod, today: date) -> bool:
    if not method.exp_month or not method.exp_year:
        return False
    return (method.exp_year, method.exp_month) < (today.year, today.month)


def chargeable(method: PaymentMethod, currency: str = "") -> Problem | None:
    """Why it cannot be charged (in this currency); None when it can."""
    if not takes_payments():
        return NOT_SET_UP
    if method.removed_at:
        return Problem("method.was_removed", method=MethodName.of(method))
    if not method.verified:
        return Problem("method.not_verified", method=MethodName.of(method))
    if not method.approved_at:
        return Problem("method.not_approved", method=MethodName.of(method))
    if currency and currency not in CURRENCIES.get(method.kind, (currency,)):
        return Problem("method.other_currency", method=MethodName.of(method), currency=currency)
    return None


# ---------------------------------------------------------------- what there is


def methods_of(tx: Tx, customer_id: str) -> list[PaymentMethod]:
    """Not the removed ones; the default first."""
    wanted = tx.own(PaymentMethod).where(
        PaymentMethod.customer_id == customer_id, col(PaymentMethod.removed_at).is_(None)
    )
    return list(tx.all(wanted.order_by(col(PaymentMethod.is_default).desc(), PaymentMethod.id)))


def default_method(tx: Tx, customer_id: str) -> PaymentMethod | None:
    found = methods_of(tx, customer_id)
    return found[0] if found and found[0].is_default else None


def choices(tx: Tx, customer_id: str) -> list[Choice]:
    """For the payment options of an invoice: those that can be charged in the customer's currency."""
    currency = tx.get(Customer, customer_id).currency
    found = [method for method in methods_of(tx, customer_id) if not chargeable(method, currency)]
    return [Choice(method.id, label_of(method), method.is_default) for method in found]


# ---------------------------------------------------------------- adding


def note_setup(tx: Tx, customer_id: str, token: str, *, default: bool, source: str = "") -> Setup:
    """The gateway's page is open: this is who it is for when it comes back.

    `source` is staff, portal or link; "" says staff where staff ask. What a payment link adds is never the default.
    """
    customer = tx.get(Customer, customer_id)
    return tx.create(
        Setup,
        customer_id=customer.id,
        token=token,
        made_default=default,
        source=source or ("staff" if tx.actor.kind in (Kind.STAFF, Kind.KEY) else "portal"),
        by_name=tx.actor.name,
        created_at=clock.now(),
    )


def setup_by_token(tx: Tx, token: str) -> Setup | None:
    found: Setup | None = tx.first(tx.own(Setup).where(Setup.token == token))
    return found


def keep_method(tx: Tx, setup_id: str, gateway: str, account: str, found: Found) -> PaymentMethod:
    """What the gateway says was typed, kept once however often the page comes back.

    The first method of a customer is its default. A pre-authorised debit that staff typed waits for the customer.
    """
    setup = tx.get(Setup, setup_id, lock=True)
    if setup.method_id:
        return _known_again(tx.get(PaymentMethod, setup.method_id, lock=True), found)
    first = default_method(tx, setup.customer_id) is None
    agreed = found.kind != PAD or (bool(found.mandate) and setup.source != "staff")
    method = write_method(tx, setup, gateway, account, found, approved_at=clock.now() if agreed else None)
    customer = tx.get(Customer, setup.customer_id)
    tx.record("method.added", customer, note=label_of(method))
    if setup.source != "link" and (setup.made_default or first):
        make_default(tx, method.id)
    tell_method_added(tx, method)
    return method


def write_method(tx: Tx, setup: Setup, gateway: str, account: str, found: Found, **columns: Any) -> PaymentMethod:
    """The row, by which the setup is finished. Conflict where the gateway has it for another customer."""
    if found.customer and found.customer != account:
        raise Conflict(Problem("method.somebody_elses"))
    method = tx.create(
        PaymentMethod,
        customer_id=setup.customer_id,
        gateway=gateway,
        account=account,
        token=found.token,
        added_by=setup.by_name,
        added_at=clock.now(),
        verified=found.ready,
        **_shown(found),
        **columns,
    )
    tx.flush()
    setup.method_id, setup.finished_at = method.id, clock.now()
    return method


def _shown(found: Found) -> dict[str, Any]:
    """What people recognise it by, cut to what the columns hold."""
    lengths = {"kind": 20, "funding": 10, "brand": 40, "last4": 4, "bank_name": 120, "fingerprint": 80}
    texts: dict[str, Any] = {name: getattr(found, name)[:length] for name, length in lengths.items()}
    return texts | {"exp_month": found.exp_month, "exp_year": found.exp_year}


def _known_again(method: PaymentMethod, found: Found) -> PaymentMethod:
    method.verified = method.verified or found.ready
    return method


def renew_method(tx: Tx, method_id: str, found: Found) -> PaymentMethod:
    """As the gateway knows it now: banks renew the expiry of cards, and somebody may have removed it there."""
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.removed_at:
        return method
    if (found.exp_month, found.exp_year) != (method.exp_month, method.exp_year):
        method.exp_month, method.exp_year, method.expiry_told_at = found.exp_month, found.exp_year, None
    method.last4, method.brand = found.last4[:4], found.brand[:40]
    if not found.customer:
        _take_away(tx, method)
    return method


def make_default(tx: Tx, method_id: str) -> PaymentMethod:
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.removed_at:
        raise Conflict(Problem("method.removed"))
    if method.is_default:
        return method
    for other in methods_of(tx, method.customer_id):
        other.is_default = False
    tx.flush()
    method.is_default = True
    tx.record("method.default", tx.get(Customer, method.customer_id), note=label_of(method))
    return method


def approve(tx: Tx, method_id: str) -> PaymentMethod:
    """The customer agrees to pre-authorised debits from this account; nobody else can."""
    method = tx.get(PaymentMethod, method_id, lock=True)
    if tx.actor.kind in (Kind.STAFF, Kind.KEY):
        raise Conflict(Problem("method.customer_approves"))
    if not method.approved_at:
        method.approved_at = clock.now()
        tx.record("method.approved", tx.get(Customer, method.customer_id), note=label_of(method))
    return method


# ---------------------------------------------------------------- removing


def uses_of(tx: Tx, method: PaymentMethod) -> list[Problem]:
    """What would stop without it."""
    if not method.is_default:
        return []
    customer = tx.get(Customer, method.customer_id)
    said = [Problem("method.auto_pay_charges_it", company=customer.company)] if customer.auto_pay else []
    planned = select(Invoice.number).where(
        Invoice.owned_by(tx.actor),
        Invoice.customer_id == customer.id,
        col(Invoice.balance) > 0,
        Invoice.option == Option.ON_DUE,
    )
    return [*said, *(Problem("method.planned_charge", number=number) for number in tx.all(planned.limit(5)))]


def remove_method(tx: Tx, method_id: str, *, confirmed: bool = False) -> PaymentMethod:
    """Conflict that says what would stop, until `confirmed`, and while it is being charged.

    The next one that can be charged becomes the default.
    """
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.removed_at:
        return method
    if _being_charged(tx, method):
        raise Conflict(Problem("method.being_charged"))
    if not confirmed and (said := uses_of(tx, method)):
        raise Conflict(listed(said))
    _take_away(tx, method)
    facts = {"method_id": method.id, "what": label_of(method)}
    tx.later("detach", f"detach:{method.id}", facts, about=method.customer_id)
    return method


def _being_charged(tx: Tx, method: PaymentMethod) -> bool:
    """A bank payment that is processing needs it no more."""
    mine = tx.own(Attempt).where(Attempt.method_id == method.id, col(Attempt.ended_at).is_(None))
    return tx.first(mine.where(Attempt.state != AttemptState.PROCESSING)) is not None


def _take_away(tx: Tx, method: PaymentMethod) -> None:
    was_default = method.is_default
    method.removed_at, method.is_default = clock.now(), False
    tx.flush()
    tx.record("method.removed", tx.get(Customer, method.customer_id), note=label_of(method))
    currency = tx.get(Customer, method.customer_id).currency
    left = [other for other in methods_of(tx, method.customer_id) if not chargeable(other, currency)]
    if was_default and left:
        make_default(tx, left[0].id)


# ---------------------------------------------------------------- Auto Pay


def agreement(company: str, partner: str) -> str:
    """The words that turning Auto Pay on agrees to."""
    return AGREED.format(company=company, partner=partner)


def set_auto_pay(tx: Tx, customer_id: str, on: bool, partner: str, words: str = "") -> Customer:
    """By staff or the customer; who, when and to what words is kept. It needs a method to charge.

    `words`: those that were agreed to, where they were not read in English.

    What is open is planned to be charged on its due date, or is not planned any more.
    """
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.auto_pay == on:
        return customer
    method = default_method(tx, customer.id)
    if on and (method is None or chargeable(method, customer.currency) or expired(method, clock.today(timezone(tx)))):
        raise Conflict(Problem("method.none_to_charge"))
    customer.auto_pay = on
    tx.create(
        AutoPayChange,
        customer_id=customer.id,
        on=on,
        text=(words or agreement(customer.company, partner)) if on else "",
        by_kind=tx.actor.kind,
        by_name=tx.actor.name,
        at=clock.now(),
    )
    tx.record("customer.auto_pay", customer, {"auto_pay": [not on, on]})
    if on:
        plan_for_auto_pay(tx, customer)
    else:
        unplan(tx, customer)
    return customer
