"""Paying: one attempt for one form, and what has become of an attempt, in words for the payer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ...customers.portal_auth.sign_in import Seat
from ...invoices.models import Invoice
from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import Problem
from ...payments import jobs
from ...payments.charging.attempts import start_charge
from ...payments.charging.gateway_limits import may_ask, may_look
from ...payments.gateway.choose import gateway_for
from ...payments.gateway.declines import decline
from ...payments.methods.methods import expired
from ...payments.models import Attempt, AttemptState
from ..gate import Gate
from ..i18n import Words
from .views import checked, typed_as

FORM_KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
# States in which the page polls.
RESTLESS = (AttemptState.STARTED, AttemptState.UNKNOWN, AttemptState.REQUIRES_ACTION)


@dataclass(frozen=True)
class Progress:
    """`state` is an AttemptState; `again` where the same method may work later."""

    state: str
    title: str
    text: str
    amount: str
    method: str
    charge_id: str
    restless: bool
    again: bool = False
    parts: list[tuple[str, str]] = field(default_factory=list)


def pay(tx: Tx, seat: Seat, language: str, typed: Mapping[str, str], method_id: str, key: str) -> str:
    """Starts charging a saved method; the attempt's id. The same form again (`key`) is the same attempt."""
    gate = Gate(tx, seat, language)
    form_key = f"portal:{gate.customer.id}:{checked_key(key)}"
    if known := _known(gate, form_key):
        return known
    method = gate.method_to_pay(method_id)
    if expired(method, clock.today(gate.partner.timezone)):
        raise Invalid(method=Problem("method.expired"))
    parts = checked(gate, typed)
    started = start_charge(
        gate.for_verbs,
        gate.customer.id,
        method.id,
        parts,
        key=form_key,
        source="portal",
        by_name=seat.name or seat.email_key,
    )
    return started.id


def checked_key(key: str) -> str:
    if not FORM_KEY.fullmatch(key):
        raise Conflict(Problem("form.too_old"))
    return key


def _known(gate: Gate, key: str) -> str:
    found = gate.tx.first(gate.attempts().where(Attempt.key == key))
    return found.id if found else ""


# ---------------------------------------------------------------- what became of it


def progress(gate: Gate, attempt_id: str) -> dict[str, Any]:
    attempt = gate.attempt(attempt_id)
    payment, parts = gate.payment_of(attempt), gate.parts(attempt)
    home = f"/portal/{gate.customer.id}"
    once_more = f"{home}/pay?{_asked(gate.say, attempt, parts)}"
    return {
        "progress": tell(gate.say, attempt, parts, gate.label_of(attempt)),
        "attempt_id": attempt.id,
        "receipt": f"{home}/receipts/{payment.id}" if payment else "",
        "receipt_pdf": f"{home}/receipts/{payment.id}.pdf" if payment else "",
        "again": once_more,
        "again_same": f"{once_more}&method={attempt.method_id}",
        "done_link": home,
    }


def _asked(say: Words, attempt: Attempt, parts: list[tuple[Invoice, int]]) -> str:
    """The sheet with the same parts once more."""
    chosen = [("invoice", invoice.id) for invoice, _ in parts]
    amounts = [(f"amount.{invoice.id}", typed_as(say, minor, attempt.currency)) for invoice, minor in parts]
    return urlencode(chosen + amounts)


def tell(say: Words, attempt: Attempt, parts: list[tuple[Invoice, int]], method: str) -> Progress:
    amount = say.money(attempt.amount, attempt.currency)
    title, text, again = _said(say, attempt, amount)
    return Progress(
        state=attempt.state,
        title=title,
        text=text,
        amount=amount,
        method=method,
        charge_id=attempt.charge_id,
        restless=attempt.state in RESTLESS,
        again=again,
        parts=[(invoice.number, say.money(minor, attempt.currency)) for invoice, minor in parts],
    )


def _said(say: Words, attempt: Attempt, amount: str) -> tuple[str, str, bool]:
    """(title, text, whether the same method may be tried again)"""
    if attempt.state == AttemptState.DECLINED:
        why = decline(attempt.decline_code)
        text = f"{say.decline(why.customer)} {say.decline(why.advice)}"
        return say("%(amount)s was not paid", amount=amount), text, why.again
    title, text = {
        AttemptState.STARTED: (say("Paying %(amount)s", amount=amount), say("This takes a few seconds.")),
        AttemptState.PROCESSING: (
            say("%(amount)s is on its way", amount=amount),
            say("Your bank is moving the money. That takes a few business days; a receipt follows by email."),
        ),
        AttemptState.REQUIRES_ACTION: (
            say("Your bank wants you to approve %(amount)s", amount=amount),
            say("Approve the payment on your bank’s page, then you come back here."),
        ),
        AttemptState.UNKNOWN: (
            say("We are finding out what happened"),
            say("The bank has not answered yet. You will not be charged twice, and a receipt follows by email."),
        ),
        AttemptState.SUCCEEDED: (say("%(amount)s paid", amount=amount), say("Thank you. A receipt follows by email.")),
        AttemptState.CANCELED: (say("%(amount)s was not paid", amount=amount), say("Nothing was charged.")),
    }[AttemptState(attempt.state)]
    return title, text, attempt.state == AttemptState.CANCELED


def state_of(gate: Gate, attempt_id: str) -> tuple[str, str]:
    """(state, charge id) of an attempt."""
    attempt = gate.attempt(attempt_id)
    return attempt.state, attempt.charge_id


def look_again(partner_id: str, attempt_id: str, charge_id: str) -> None:
    """The payer comes back from their bank's page: asks the gateway at once, a few times; else the periodic job
    does."""
    if charge_id and may_look(attempt_id):
        jobs.refresh(partner_id, attempt_id, charge_id)


def begin_action(partner_id: str, whom: str, charge_id: str, back: str) -> str:
    """Where the payer approves; outside of any transaction. `whom`: see gateway_limits.may_ask."""
    may_ask(whom)
    return gateway_for(partner_id).begin_action(charge_id, back).action_url
