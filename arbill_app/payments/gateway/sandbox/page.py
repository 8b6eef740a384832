"""What the sandbox's own page does with what was typed: a listed test number becomes a method, anything else nothing.

A real number must never be kept: what is not listed is refused before any row is touched, and never repeated in what
is said about it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ....kernel import clock
from ....kernel.actor import job
from ....kernel.db.transactions import Tx, read, write
from ....kernel.errors import Invalid
from ....kernel.problems import Problem
from ..protocol import CARD, PAD, US_BANK, GatewayRefusal, Method
from . import bank as bank
from .gateway import Sandbox, method_of
from .models import SandboxMethod, SandboxSetup
from .rows import get_row
from .test_numbers import INSTITUTION, ROUTING, TRANSIT, TestNumber, listed

STAFF = "/customers/"  # begins the addresses that staff come back to
ONLY_TEST = Problem("sandbox.only_test_numbers")


def at(token: str) -> Sandbox:
    """The sandbox of whoever began this setup or charge; GatewayRefusal when nobody did."""
    partner_id = bank.owner(token)
    if not partner_id:
        raise GatewayRefusal("The gateway does not know this.", "unknown")
    return Sandbox(partner_id)


def enter(token: str, kind: str, typed: Mapping[str, Any]) -> Method:
    """Saves the card or account that was typed on the page of a setup; Invalid with a sentence for each field.

    card: number, exp_month, exp_year, cvc. us_bank_account: routing, account, agreed. acss_debit: institution,
    transit, account, agreed. A pre-authorised debit that staff type has nobody's agreement yet.
    """
    given = {name: str(value).strip() for name, value in typed.items()}
    entry, known = _checked(kind, given, agrees=needs_agreement(kind, by_staff(token)))
    return write(job(at(token).partner_id, "sandbox"), _save, token, entry, known)


def by_staff(token: str) -> bool:
    """Whether staff type it, who come back to a page of theirs: they cannot agree in the account holder's name."""
    return urlsplit(at(token).return_url(token)).path.startswith(STAFF)


def needs_agreement(kind: str, staff: bool) -> bool:
    """Debits need one; that to a pre-authorised debit the customer gives in the portal, not staff."""
    return kind != CARD and not (staff and kind == PAD)


def _checked(kind: str, typed: Mapping[str, str], *, agrees: bool) -> tuple[TestNumber, dict[str, Any]]:
    """All that is wrong at once, in the order of the page."""
    field = "number" if kind == CARD else "account"
    entry = listed(kind, typed.get(field, ""))
    problems = {} if entry else {field: ONLY_TEST if typed.get(field) else Problem("sandbox.number_missing")}
    problems |= _card_errors(entry, typed) if kind == CARD else _account_errors(kind, typed, agrees=agrees)
    if problems or entry is None:
        raise Invalid.of(problems)
    return entry, _expiry(typed) if kind == CARD else {}


def _card_errors(entry: TestNumber | None, typed: Mapping[str, str]) -> dict[str, Problem]:
    problems: dict[str, Problem] = {}
    today = clock.today()
    month, year = typed.get("exp_month", ""), typed.get("exp_year", "")
    if not (_digits(month, 1, 2) and 1 <= int(month) <= 12):
        problems["exp_month"] = Problem("sandbox.month")
    if not _digits(year, 2, 4) or len(year) == 3:
        problems["exp_year"] = Problem("sandbox.year")
    elif _year(year) < today.year:
        problems["exp_year"] = Problem("method.expired")
    elif not problems and (_year(year), int(month)) < (today.year, today.month):
        problems["exp_month"] = Problem("method.expired")
    length = 4 if entry and entry.brand == "amex" else 3
    if not _digits(typed.get("cvc", ""), length, length if entry else 4):
        problems["cvc"] = Problem("sandbox.security_code", count=length)
    return problems


def _expiry(typed: Mapping[str, str]) -> dict[str, int]:
    return {"exp_month": int(typed["exp_month"]), "exp_year": _year(typed["exp_year"])}


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _digits(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and least <= len(text) <= most


def _account_errors(kind: str, typed: Mapping[str, str], *, agrees: bool) -> dict[str, Problem]:
    wanted = {"routing": ROUTING} if kind == US_BANK else {"institution": INSTITUTION, "transit": TRANSIT}
    wrong = {name: value for name, value in wanted.items() if typed.get(name) != value}
    problems = {name: Problem("sandbox.number_is", number=value) for name, value in wrong.items()}
    if agrees and typed.get("agreed", "").lower() not in ("true", "on", "1", "yes"):
        problems["agreed"] = Problem("sandbox.not_agreed")
    return problems


def _save(tx: Tx, token: str, entry: TestNumber, known: dict[str, Any]) -> Method:
    setup = get_row(tx, SandboxSetup, token, lock=True)
    if setup.method_id:
        return method_of(get_row(tx, SandboxMethod, setup.method_id))
    if entry.kind not in setup.kinds.split():
        raise GatewayRefusal("Another kind of payment method was asked for.", "kind")
    shown = {"brand": entry.brand, "funding": entry.funding} if entry.kind == CARD else {"bank_name": entry.brand}
    method = tx.create(
        SandboxMethod,
        customer=setup.customer,
        kind=entry.kind,
        outcome=entry.outcome,
        last4=entry.number[-4:],
        fingerprint=bank.keyed(bank.secret(tx), "fingerprint", f"{entry.kind}:{entry.number}".encode()),
        mandate=setup.id if needs_agreement(entry.kind, by_staff(token)) else "",
        created_at=clock.now(),
        **(known | shown),
    )
    tx.flush()
    setup.method_id = method.id
    bank.note(tx, "setup.finished", setup=setup.id, method=method.id)
    return method_of(method)


def kinds_of(token: str) -> list[str]:
    """What may be typed on the page of a setup."""
    return read(job(at(token).partner_id, "sandbox"), lambda tx: str(get_row(tx, SandboxSetup, token).kinds).split())
