"""Payments, on both databases: recorded by hand, and charged through workers to the sandbox until they are payments.

Each part ends by going through the books: what was captured is recorded, once, and its receipt is on its way.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from typing import Any

from sqlmodel import col, func, select

from arbill_app.customers.models import Customer
from arbill_app.invoices.models import Invoice
from arbill_app.kernel import clock, money
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import Tx, read, write
from arbill_app.partners.views import default_entity_id
from arbill_app.payments.charging.attempts import start_charge
from arbill_app.payments.gateway.sandbox.models import SandboxCharge, SandboxMethod
from arbill_app.payments.models import Attempt, Payment, PaymentMethod
from arbill_app.payments.recording import record_payment
from tests.payments.till import check_books

from .bills import fill_owed
from .core import by_threads, percentiles, prepare, raw_commit, timed
from .posting import busy, worker

TIMES, WARM = 200, 10
THREADS, OF_EACH = 8, 30
ALONE = 11
ZONE = "America/New_York"  # a new partner's
OWED = 6  # open invoices of each customer
IDLE = 10  # percent of a processor: a worker that takes less has come up, and waits
_numbers = count(1)

Took = tuple[float, float]
Owed = tuple[str, str, dict[str, int]]  # a customer, a currency, what is open by invoice
Wanted = tuple[str, str, str, int]  # a customer, their card, an invoice, minor units
Starting = Callable[[], AbstractContextManager[object]]


def prepare_payments(customers: int) -> Actor:
    owner, _, _ = prepare(customers)
    fill_owed(owner, read(owner, default_entity_id), OWED)
    return owner


def owed_by(tx: Tx) -> list[Owed]:
    columns: Any = (Invoice.customer_id, Invoice.currency, Invoice.id, Invoice.balance)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for customer, currency, invoice, minor in tx.rows(select(*columns).order_by(col(Invoice.id))):
        found.setdefault((customer, currency), {})[invoice] = minor
    return [(*whose, amounts) for whose, amounts in found.items()]


# ---------------------------------------------------------------- by hand


def recording() -> dict[str, Any]:
    """What a payment takes that settles one invoice of six, or five of them, with its receipt; each of a customer that
    never paid before."""
    payments = 2 * (TIMES + WARM) + THREADS * OF_EACH
    owner = prepare_payments(payments)
    owed = iter(read(owner, owed_by))
    one = timed(lambda: pay(owner, next(owed), 1), TIMES, WARM)
    five = timed(lambda: pay(owner, next(owed), 5), TIMES, WARM)
    raw = timed(raw_commit(), TIMES, WARM)
    left = list(owed)
    eight, seconds = by_threads(lambda number, i: pay(owner, left[number * OF_EACH + i], 1), THREADS, OF_EACH)
    check_books(owner)
    assert _counted(owner) == {"payments": payments, "receipts": payments}
    return {
        "one invoice": one,
        "five invoices": five,
        "raw": raw,
        "eight": eight,
        "per_second": THREADS * OF_EACH / seconds,
    }


def pay(owner: Actor, owed: Owed, invoices: int) -> None:
    customer, currency, amounts = owed
    chosen = dict(list(amounts.items())[:invoices])
    parts = {invoice: money.plain(minor, currency) for invoice, minor in chosen.items()}
    values = {"amount": money.plain(sum(chosen.values()), currency), "kind": "check", "reference": "1001"}
    values |= {"received_on": clock.today(ZONE).isoformat()}
    write(owner, record_payment, customer, values | {"parts": parts}, f"bench-{next(_numbers)}")


def _counted(owner: Actor) -> dict[str, int]:
    receipts = col(Effect.key).startswith("receipt:")
    return {"payments": _many(owner, Payment), "receipts": _many(owner, Effect, receipts)}


def _many(owner: Actor, model: Any, *which: Any) -> int:
    counted = select(func.count()).select_from(model)
    return int(read(owner, lambda tx: tx.scalar(counted.where(model.owned_by(tx.actor), *which))))


# ---------------------------------------------------------------- by the sandbox


@contextmanager
def workers(many: int) -> Iterator[None]:
    """So many processes of their own that wait for something to do."""
    with ExitStack() as stack:
        groups = [stack.enter_context(worker()) for _ in range(many)]
        time.sleep(1)
        for group in groups:
            while busy(group, 0.5) > IDLE:
                pass
        yield


def charging(owner: Actor, starting: Starting, many: int) -> tuple[Took, float]:
    """((p50, p95) ms from wanting a charge to its payment when nothing else waits, charges a second of `many`).

    These are wanted one after another, each in a transaction of its own; the clock stops when all are payments.
    """
    wanted = read(owner, _unpaid)
    with starting():
        alone = percentiles([_alone(owner, one) * 1000 for one in wanted[:ALONE]])
        seconds = _seconds(owner, wanted[ALONE : ALONE + many], look=0.05)
        _until(lambda: not _many(owner, Effect, col(Effect.state).in_(("due", "running"))), 0.2)
    check_charges(owner)
    return alone, many / seconds


def _unpaid(tx: Tx) -> list[Wanted]:
    """The first invoice of each customer that was never charged."""
    cards = dict(tx.rows(select(PaymentMethod.customer_id, PaymentMethod.id)))
    charged = set(tx.all(select(Attempt.customer_id)))
    first = [(customer, *next(iter(amounts.items()))) for customer, _, amounts in owed_by(tx)]
    return [(customer, cards[customer], *part) for customer, *part in first if customer not in charged]


def give_cards(owner: Actor) -> None:
    """A card of the sandbox that pays, for each customer, made past the verbs."""
    write(owner, lambda tx: [_card(tx, id) for id in tx.all(select(Customer.id))])


def _card(tx: Tx, customer_id: str) -> PaymentMethod:
    at, account = clock.now(), f"sandbox_{customer_id}"
    shown: dict[str, Any] = {
        "kind": "card",
        "last4": "4242",
        "brand": "visa",
        "exp_month": 12,
        "exp_year": 2040,
        "fingerprint": "x",
    }
    kept = tx.create(SandboxMethod, customer=account, outcome="success", created_at=at, **shown)
    ours: dict[str, Any] = {"customer_id": customer_id, "gateway": "sandbox", "account": account, "token": kept.id}
    return tx.create(PaymentMethod, added_at=at, approved_at=at, is_default=True, **ours, **shown)


def _alone(owner: Actor, wanted: Wanted) -> float:
    """At some moment or other: a worker looks once a second whether others left it something to do."""
    time.sleep(random.random() + 0.3)
    return _seconds(owner, [wanted], look=0.005)


def _seconds(owner: Actor, wanted: list[Wanted], look: float) -> float:
    there, began = _many(owner, Payment), time.perf_counter()
    for customer, card, invoice, minor in wanted:
        key = f"bench-{next(_numbers)}"
        write(owner, start_charge, customer, card, [(invoice, minor)], key=key, source="staff", by_name="Bo Bench")
    _until(lambda: _many(owner, Payment) == there + len(wanted), look)
    return time.perf_counter() - began


def _until(done: Callable[[], bool], look: float, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("charges that never became payments")
        time.sleep(look)


def check_charges(owner: Actor) -> None:
    """Captured is recorded, once: as many attempts as captures, payments and receipts, and the books add up."""
    check_books(owner)
    captured = _many(owner, SandboxCharge, SandboxCharge.status == "succeeded")
    assert captured == _many(owner, Attempt, Attempt.state == "succeeded") == _many(owner, Attempt)
    assert _counted(owner) == {"payments": captured, "receipts": captured}
    assert len(read(owner, lambda tx: set(tx.all(select(Payment.attempt_id))))) == captured
