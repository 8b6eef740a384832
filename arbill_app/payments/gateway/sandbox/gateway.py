"""The sandbox: a gateway without money, for trying things out and for tests. The default in the demo only, see
kernel/settings.py.

It takes the test numbers of test_numbers.py and nothing else, keeps no number, and remembers what it did in rows
of its own (models.py). As with any gateway, no call may be made inside a transaction.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ....kernel import clock
from ....kernel.actor import job
from ....kernel.db.transactions import Tx, read, write
from ....kernel.encryption.values import encrypt
from ..declines import DECLINES
from ..protocol import (
    CURRENCIES,
    KINDS,
    Charge,
    Event,
    GatewayDown,
    GatewayRefusal,
    GatewayTimeout,
    Method,
    Refund,
    Setup,
)
from . import bank as bank
from . import refunds as refunds
from .addresses import action_address, setup_address
from .models import SANDBOX, SandboxCharge, SandboxMethod, SandboxRefund, SandboxSetup
from .rows import get_row, keyed, same

AT_ONCE = {"success": "succeeded", "dispute": "succeeded", "late": "succeeded", "timeout": "succeeded"}
AT_ONCE |= {"action": "requires_action", "decline": "declined", "settle": "processing", "fail": "processing"}


class Sandbox:
    """`settles_in`: how long bank payments take. `late`: seconds that a late answer takes, waited by `wait`."""

    name = "sandbox"
    kinds = KINDS

    def __init__(
        self,
        partner_id: str,
        *,
        settles_in: timedelta = timedelta(minutes=2),
        late: float = 5,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.partner_id = partner_id
        self.settles_in = settles_in
        self.late = late
        self.wait = wait

    @property
    def _actor(self) -> Any:
        return job(self.partner_id, "sandbox")

    # ------------------------------------------------------------ methods

    def ensure_customer(self, ref: str, email: str, name: str) -> str:
        return f"sandbox_{ref}"

    def begin_setup(self, customer: str, kinds: Sequence[str], return_url: str, key: str) -> Setup:
        row = write(self._actor, _begin_setup, customer, kinds, return_url, key)
        return Setup("form", setup_address(row.id), row.id)

    def finish_setup(self, token: str) -> Method:
        return read(self._actor, _finish_setup, token)

    def fetch_method(self, method: str) -> Method:
        return read(self._actor, lambda tx: method_of(get_row(tx, SandboxMethod, method)))

    def detach(self, method: str) -> None:
        write(self._actor, _detach, method)

    # ------------------------------------------------------------ charges

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
        wanted = {"customer": customer, "method_id": method, "amount": amount, "currency": currency, "ref": ref}
        made, outcome = write(self._actor, _charge, key, wanted, return_url, self.settles_in)
        if outcome == "timeout":
            raise GatewayTimeout("The gateway did not answer in time.", "timeout")
        if outcome == "late":
            self.wait(self.late)
        return made

    def begin_action(self, charge_id: str, return_url: str) -> Charge:
        return write(self._actor, _begin_action, charge_id, return_url)

    def authenticate(self, charge_id: str, approve: bool) -> Charge:
        """What the customer answers on the sandbox's own page; nothing changes where nothing is asked any more."""
        return write(self._actor, _authenticate, charge_id, approve)

    def return_url(self, token: str) -> str:
        """Where the browser goes when it is done with the page of this setup or charge; "" when nobody said."""
        model = SandboxSetup if token.startswith(SandboxSetup.prefix) else SandboxCharge
        return read(self._actor, lambda tx: str(get_row(tx, model, token).return_url))

    def cancel(self, charge_id: str) -> Charge:
        return write(self._actor, _cancel, charge_id)

    def fetch(self, charge_id: str) -> Charge:
        return read(self._actor, lambda tx: charge_of(get_row(tx, SandboxCharge, charge_id)))

    def find(self, key: str, customer: str = "") -> Charge | None:
        found = read(self._actor, keyed, SandboxCharge, key)
        return charge_of(found) if found else None

    # ------------------------------------------------------------ refunds and webhooks

    def refund(self, charge_id: str, amount: int, key: str, reason: str) -> Refund:
        return write(self._actor, refunds.refund, charge_id, amount, key, reason, self.settles_in)

    def refunds(self, charge_id: str) -> list[Refund]:
        return read(self._actor, lambda tx: [refunds.refund_of(row) for row in refunds.refunds_of(tx, charge_id)])

    def refund_elsewhere(self, charge_id: str, amount: int) -> Refund:
        """As an operator does it on the gateway's own pages: no key of ours, and only the charge is told of."""
        return write(self._actor, refunds.refund_elsewhere, charge_id, amount, self.settles_in)

    def find_refund(self, charge_id: str, key: str) -> Refund | None:
        found = read(self._actor, keyed, SandboxRefund, key)
        return refunds.refund_of(found) if found else None

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Event:
        return bank.parse(self.partner_id, body, headers)


# ---------------------------------------------------------------- methods


def _begin_setup(tx: Tx, customer: str, kinds: Sequence[str], return_url: str, key: str) -> SandboxSetup:
    if unknown := set(kinds) - KINDS:
        raise GatewayRefusal(f"The sandbox does not know {', '.join(sorted(unknown))}.", "kind")
    known: SandboxSetup | None = keyed(tx, SandboxSetup, key)
    wanted: dict[str, Any] = {"customer": customer, "kinds": " ".join(kinds)}
    if known:
        return same(known, wanted | {"return_url": return_url})
    back = encrypt(return_url, SANDBOX)
    return tx.create(SandboxSetup, key=key, return_sealed=back, created_at=clock.now(), **wanted)


def _finish_setup(tx: Tx, token: str) -> Method:
    setup = get_row(tx, SandboxSetup, token)
    if setup.method_id is None:
        raise GatewayRefusal("No payment method was added yet.", "not_finished")
    return method_of(get_row(tx, SandboxMethod, setup.method_id))


def _detach(tx: Tx, method_id: str) -> None:
    method = get_row(tx, SandboxMethod, method_id, lock=True)
    if method.detached_at is None:
        method.detached_at = clock.now()
        bank.note(tx, "method.detached", method=method.id)


def method_of(row: SandboxMethod) -> Method:
    shown = ("kind", "last4", "brand", "exp_month", "exp_year", "funding", "fingerprint", "bank_name", "mandate")
    customer = "" if row.detached_at else row.customer
    return Method(token=row.id, customer=customer, **{name: getattr(row, name) for name in shown})


# ---------------------------------------------------------------- charges


def _charge(tx: Tx, key: str, wanted: dict[str, Any], return_url: str, settles_in: timedelta) -> tuple[Charge, str]:
    """The charge, and what the one who asks has to live through: "timeout" or "late" only the first time."""
    known = keyed(tx, SandboxCharge, key)
    if known:
        return charge_of(same(known, wanted)), ""
    outcome, _, code = _chargeable(tx, wanted).outcome.partition(":")
    now = clock.now()
    ends = now + settles_in if outcome in ("settle", "fail") else None
    became: dict[str, Any] = {"status": AT_ONCE[outcome], "decline_code": code, "created_at": now, "settles_at": ends}
    made = tx.create(SandboxCharge, key=key, return_sealed=encrypt(return_url, SANDBOX), **became, **wanted)
    bank.note_charge(tx, made)
    if outcome == "dispute":
        bank.note_charge(tx, made, "charge.disputed", dispute=bank.dispute_of(made))
    return charge_of(made), outcome


def _chargeable(tx: Tx, wanted: Mapping[str, Any]) -> SandboxMethod:
    method: SandboxMethod = get_row(tx, SandboxMethod, wanted["method_id"])
    if method.detached_at or method.customer != wanted["customer"]:
        raise GatewayRefusal("This payment method does not belong to this customer any more.", "detached")
    if wanted["amount"] <= 0:
        raise GatewayRefusal("A charge is more than nothing.", "amount")
    if wanted["currency"] not in CURRENCIES.get(method.kind, (wanted["currency"],)):
        raise GatewayRefusal(f"This bank account does not pay in {wanted['currency']}.", "currency")
    if method.outcome == "down":
        raise GatewayDown("The gateway can’t be reached just now. Nothing was charged.", "down")
    return method


def _begin_action(tx: Tx, charge_id: str, return_url: str) -> Charge:
    row = get_row(tx, SandboxCharge, charge_id, lock=True)
    row.return_sealed = encrypt(return_url, SANDBOX)
    return charge_of(row)


def _authenticate(tx: Tx, charge_id: str, approve: bool) -> Charge:
    row = get_row(tx, SandboxCharge, charge_id, lock=True)
    if row.status == "requires_action":
        row.status, row.decline_code = ("succeeded", "") if approve else ("declined", "authentication_failed")
        bank.note_charge(tx, row)
    return charge_of(row)


def _cancel(tx: Tx, charge_id: str) -> Charge:
    row = get_row(tx, SandboxCharge, charge_id, lock=True)
    if row.status == "requires_action":
        row.status = "canceled"
        bank.note_charge(tx, row)
    return charge_of(row)


def charge_of(row: SandboxCharge) -> Charge:
    waits = row.status == "requires_action"
    return Charge(
        id=row.id,
        status=row.status,  # type: ignore[arg-type]
        amount=row.amount,
        currency=row.currency,
        ref=row.ref,
        key=row.key,
        decline=DECLINES[row.decline_code] if row.status == "declined" else None,
        action_url=action_address(row.id) if waits else "",
        refunded=row.refunded,
    )
