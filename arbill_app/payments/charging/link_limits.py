"""What payment links let strangers try, so that nobody tests stolen cards on them.

Attempts that did not succeed count, by link, network, card and company, for an hour. Beyond the budget links take no
card until the oldest of these is an hour old. Nothing is locked: the customer can still pay in the portal, where these
attempts do not count. And what others tried, from the same network or by other links of the company, stops nobody's
first `FIRST` tries by their own link: links are made by the company alone, so nobody gets more of them by asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlmodel import col, func, select

from ...invoices.models import Invoice
from ...kernel import clock, money
from ...kernel.db.activity import Activity
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...partners.models import Partner
from ..models import Attempt, AttemptPart, AttemptState, PaymentMethod, Setup

WINDOW = timedelta(hours=1)
BY_LINK, BY_NETWORK, BY_CARD, BY_COMPANY = 5, 10, 3, 60
FIRST = 2
MOST_COUNTED = 1000  # rows
MOST_SETUPS = 20  # pages of the gateway that one link opens in an hour: they check cards too
NOTED = "invoice.link_paused"
# The least part of an invoice that a link takes, in whole units: about ten dollars. Card testers want cents.
LEAST = 10
LEAST_OF = {"JPY": 1_000, "KRW": 10_000, "CLP": 10_000, "HUF": 4_000, "IDR": 150_000, "VND": 250_000, "COP": 40_000}


class Paused(Conflict):
    """The budget is used up for now. The message says why, for staff: the payer reads another one."""

    status: ClassVar[int] = 429


@dataclass(frozen=True)
class Tried:
    """An attempt by a link that did not succeed, or has not yet."""

    invoice_id: str
    network: str
    card: str


def used_up(tried: Iterable[Tried], invoice_id: str, network: str, card: str) -> str:
    """Which budget is used up, in words for staff; "" while none is."""
    tried = list(tried)
    own = sum(one.invoice_id == invoice_id for one in tried)
    of_others = [] if own < FIRST else tried
    counts = (
        (own, BY_LINK, "by its payment link"),
        (sum(one.network == network for one in of_others if network), BY_NETWORK, f"from the network {network}"),
        (sum(one.card == card for one in tried if card), BY_CARD, "with one card"),
        (len(of_others), BY_COMPANY, "by all payment links together"),
    )
    return next((f"{count} payments failed {how} within an hour." for count, most, how in counts if count >= most), "")


def least_part(currency: str, free: int) -> int:
    """Minor units: the least that a link takes of `free`."""
    return min(free, LEAST_OF.get(currency, LEAST) * 10 ** money.digits(currency))


def must_be_open(tx: Tx, invoice_id: str, network: str, card: str = "") -> None:
    """Paused when a budget is used up. In a writing transaction links of one company wait here for each other, so that
    many at the same moment do not slip through."""
    tx.get(Partner, tx.actor.partner_id, lock=True)
    if why := used_up(_tried(tx, invoice_id), invoice_id, network, card):
        raise Paused(why)


def _tried(tx: Tx, invoice_id: str) -> list[Tried]:
    """Those of this invoice first."""
    recent = (
        select(AttemptPart.invoice_id, Attempt.network, PaymentMethod.fingerprint)
        .join(Attempt, col(Attempt.id) == AttemptPart.attempt_id)
        .join(PaymentMethod, col(PaymentMethod.id) == Attempt.method_id)
        .where(
            Attempt.owned_by(tx.actor),
            Attempt.source == "link",
            Attempt.state != AttemptState.SUCCEEDED,
            col(Attempt.created_at) > clock.now() - WINDOW,
        )
    )
    in_order = recent.order_by((col(AttemptPart.invoice_id) == invoice_id).desc())
    return [Tried(*row) for row in tx.rows(in_order.limit(MOST_COUNTED))]


def must_take_setups(tx: Tx, by_name: str) -> None:
    """Paused when a link opened too many pages of the gateway."""
    since = clock.now() - WINDOW
    opened = select(func.count()).where(
        Setup.owned_by(tx.actor), Setup.source == "link", Setup.by_name == by_name, col(Setup.created_at) > since
    )
    if (count := int(tx.scalar(opened))) >= MOST_SETUPS:
        raise Paused(f"{count} cards were entered by its payment link within an hour.")


def note_pause(tx: Tx, invoice_id: str, why: str) -> None:
    """Staff see on the invoice that its link is paused, and why: once an hour."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    noted = tx.own(Activity).where(Activity.subject_id == invoice.id, Activity.action == NOTED)
    if tx.first(noted.where(col(Activity.at) > clock.now() - WINDOW)) is None:
        tx.record(NOTED, invoice, note=why)


def paused_lately(tx: Tx, most: int) -> list[Activity]:
    """Notes of the last hour, the newest first: for the overview."""
    recent = tx.own(Activity).where(Activity.action == NOTED, col(Activity.at) > clock.now() - WINDOW)
    return list(tx.all(recent.order_by(col(Activity.id).desc()).limit(most)))
