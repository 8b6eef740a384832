"""What the sandbox's own page does with what was typed: a listed test number becomes a method, anything else nothing.

A real number must never be kept: what is not listed is refused before any row is touched, and never repeated in what
is said about it.
"""

from collections.abc import Mapping
from typing import Any

from ...kernel import clock
from ...kernel.actor import job
from ...kernel.db import Tx, read, write
from ...kernel.errors import Invalid
from . import sandbox_bank as bank
from .protocol import CARD, US_BANK, GatewayRefusal, Method
from .sandbox import Sandbox, get_row, method_of
from .sandbox_models import SandboxMethod, SandboxSetup
from .sandbox_numbers import INSTITUTION, ROUTING, TRANSIT, TestNumber, listed

ONLY_TEST = "This is a sandbox: only the test numbers listed here work. Never enter a real one."


def at(token: str) -> Sandbox:
    """The sandbox of whoever began this setup or charge; GatewayRefusal when nobody did."""
    partner_id = bank.owner(token)
    if not partner_id:
        raise GatewayRefusal("The gateway does not know this.", "unknown")
    return Sandbox(partner_id)


def enter(token: str, kind: str, typed: Mapping[str, Any]) -> Method:
    """Saves the card or account that was typed on the page of a setup; Invalid with a sentence for each field.

    card: number, exp_month, exp_year, cvc. us_bank_account: routing, account, agreed. acss_debit: institution,
    transit, account, agreed.
    """
    entry, known = _checked(kind, {name: str(value).strip() for name, value in typed.items()})
    return write(job(at(token).partner_id, "sandbox"), _save, token, entry, known)


def _checked(kind: str, typed: Mapping[str, str]) -> tuple[TestNumber, dict[str, Any]]:
    field = "number" if kind == CARD else "account"
    entry = listed(kind, typed.get(field, ""))
    if entry is None:
        raise Invalid.of({field: ONLY_TEST if typed.get(field) else "Enter a test number."})
    errors = _card_errors(entry, typed) if kind == CARD else _account_errors(kind, typed)
    if errors:
        raise Invalid.of(errors)
    return entry, _expiry(typed) if kind == CARD else {}


def _card_errors(entry: TestNumber, typed: Mapping[str, str]) -> dict[str, str]:
    errors, today = {}, clock.today()
    month, year = typed.get("exp_month", ""), typed.get("exp_year", "")
    if not (_digits(month, 1, 2) and _digits(year, 2, 4) and 1 <= int(month) <= 12):
        errors["exp_month"] = "Enter when the card expires, such as 12 and 2030."
    elif tuple(reversed(_expiry(typed).values())) < (today.year, today.month):
        errors["exp_month"] = "This card has expired."
    length = 4 if entry.brand == "amex" else 3
    if not _digits(typed.get("cvc", ""), length, length):
        errors["cvc"] = f"Enter any {length} digits."
    return errors


def _expiry(typed: Mapping[str, str]) -> dict[str, int]:
    year = int(typed["exp_year"])
    return {"exp_month": int(typed["exp_month"]), "exp_year": year + 2000 if year < 100 else year}


def _digits(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and least <= len(text) <= most


def _account_errors(kind: str, typed: Mapping[str, str]) -> dict[str, str]:
    wanted = {"routing": ROUTING} if kind == US_BANK else {"institution": INSTITUTION, "transit": TRANSIT}
    errors = {name: f"In the sandbox this is {value}." for name, value in wanted.items() if typed.get(name) != value}
    if typed.get("agreed", "").lower() not in ("true", "on", "1", "yes"):
        errors["agreed"] = "Debits need the account holder’s agreement."
    return errors


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
        mandate="" if entry.kind == CARD else setup.id,
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
