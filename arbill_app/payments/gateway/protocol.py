"""What arbill asks of whoever moves the money, and what comes back.

Every call is plain and blocking and goes outside: make it in a worker thread and outside of any transaction, after the
row that says so is committed. Amounts are minor units by ISO 4217, currencies upper case.

Any call may raise the three errors below. A `charge` or `refund` that timed out is asked for by its key (`find`,
`find_refund`); when nothing is found, the same call with the same key is safe, a call with another key never is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ...kernel.errors import ArbillError
from ...kernel.problems import Problem
from .declines import Decline

CARD, US_BANK, PAD = "card", "us_bank_account", "acss_debit"
KINDS = frozenset({CARD, US_BANK, PAD})
# Whose money a kind can move; a card moves any.
CURRENCIES = {US_BANK: ("USD",), PAD: ("CAD",)}

Status = Literal["succeeded", "processing", "requires_action", "declined", "canceled"]
# The kind of event that tells of each status.
EVENT_OF = {
    "succeeded": "charge.succeeded",
    "declined": "charge.failed",
    "processing": "charge.processing",
    "requires_action": "charge.requires_action",
    "canceled": "charge.canceled",
}


# ---------------------------------------------------------------- errors


class GatewayError(ArbillError):
    """`code` is for machines, the message for people."""

    def __init__(self, problem: Problem | str, code: str = "") -> None:
        super().__init__(problem)
        self.code = code


class GatewayTimeout(GatewayError):
    """No answer that can be trusted: it may have happened. Look it up, never charge with another key."""


class GatewayDown(GatewayError):
    """Certain that nothing happened: nobody was there, or they turned us away before they looked. Try later."""


class GatewayRefusal(GatewayError):
    """Something impossible was asked; nothing happened, and asking again changes nothing."""


class BadSignature(GatewayError):
    """This webhook is not from the gateway, was changed on its way, or is too old."""


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class Setup:
    """`redirect`: send the browser to `url`, the gateway's own page. `form`: show our sandbox page for `token`."""

    mode: Literal["redirect", "form"]
    url: str
    token: str


@dataclass(frozen=True)
class Method:
    """A saved card or bank account. `token` is how the gateway knows it; `fingerprint` is equal for equal numbers.

    `ready` is false while the bank account is still being verified (at `verify_url`). `mandate`: the customer's
    agreement to debits, where the kind needs one.
    """

    token: str
    kind: str
    last4: str
    brand: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    funding: str = ""  # credit, debit, prepaid or "" when unknown
    fingerprint: str = ""
    bank_name: str = ""
    customer: str = ""  # "" once it is detached
    mandate: str = ""
    ready: bool = True
    verify_url: str = ""

    @property
    def needs_mandate(self) -> bool:
        return self.kind in (US_BANK, PAD)


@dataclass(frozen=True)
class Charge:
    """`decline` says why when declined; `action_url` is where the customer approves, see `begin_action`.

    `key` and `ref` are those of the call that made it; `refunded` is how much of it went back.
    """

    id: str
    status: Status
    amount: int
    currency: str
    ref: str = ""
    key: str = ""
    decline: Decline | None = None
    action_url: str = ""
    refunded: int = 0


@dataclass(frozen=True)
class Refund:
    id: str
    status: Literal["succeeded", "processing", "failed"]
    amount: int
    charge_id: str = ""
    key: str = ""


@dataclass(frozen=True)
class Dispute:
    """The customer's bank took the money back for now (`open`), for good (`lost`), or gave it back (`won`)."""

    id: str
    amount: int
    currency: str
    reason: str
    state: Literal["open", "won", "lost"]


@dataclass(frozen=True)
class Event:
    """A verified webhook, unique by `id`. Only a trigger: `fetch` the charge for its current state.

    kind: charge.succeeded | charge.failed | charge.processing | charge.requires_action | charge.canceled |
    charge.updated | charge.disputed | charge.refunded | refund.updated | method.updated | method.detached |
    setup.finished | other. `type` is the gateway's own name of it. `partner_id` is "" where the gateway does not say
    it: find the attempt by `charge_id`.
    """

    id: str
    kind: str
    partner_id: str = ""
    charge_id: str = ""
    method: str = ""
    setup: str = ""
    refund: Refund | None = None
    dispute: Dispute | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    type: str = ""


# ---------------------------------------------------------------- the gateway


class Gateway(Protocol):
    """Bound to one partner: keys need to be unique within a partner only."""

    name: str  # "sandbox" or "stripe"
    kinds: frozenset[str]

    def ensure_customer(self, ref: str, email: str, name: str) -> str:
        """The gateway's customer for ours (`ref` is our id): the same again for the same `ref`."""

    def begin_setup(self, customer: str, kinds: Sequence[str], return_url: str, key: str) -> Setup:
        """Where the customer types a card or bank account; the browser comes back to `return_url`, done or not."""

    def finish_setup(self, token: str) -> Method:
        """What was typed; GatewayRefusal `not_finished` while nothing is. Any number of times."""

    def fetch_method(self, method: str) -> Method:
        """As it is now: a bank renews the expiry of its cards."""

    def detach(self, method: str) -> None:
        """It can never be charged again. Twice is once."""

    def charge(
        self,
        *,
        customer: str,
        method: str,
        amount: int,
        currency: str,
        key: str,
        ref: str,
        on_session: bool = False,
        return_url: str = "",
    ) -> Charge:
        """Takes money. The same key again is the same charge; with anything else changed GatewayRefusal `key_reused`.

        `on_session`: the customer sits there and can approve at `action_url`, which comes back to `return_url`.
        """

    def begin_action(self, charge_id: str, return_url: str) -> Charge:
        """For a charge that requires_action: `action_url` is where the customer approves, and comes back from."""

    def cancel(self, charge_id: str) -> Charge:
        """Gives up on a charge that has not moved money yet; the answer is how it stands, canceled or not."""

    def fetch(self, charge_id: str) -> Charge:
        """How a charge stands now."""

    def find(self, key: str, customer: str = "") -> Charge | None:
        """What became of the `charge` with this key; None when there is none. Say the customer: it is quicker."""

    def refund(self, charge_id: str, amount: int, key: str, reason: str) -> Refund:
        """Gives back part or all of what was captured; beyond that GatewayRefusal `over_refund`."""

    def refunds(self, charge_id: str) -> list[Refund]:
        """All refunds of a charge, also those that nobody asked for here."""

    def find_refund(self, charge_id: str, key: str) -> Refund | None:
        """What became of the `refund` with this key."""

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """`body` as it came, before any parsing. BadSignature."""
