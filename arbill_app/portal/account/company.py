"""The company as its invoices name it. Its primary contact changes it, with the verbs and rules of the profile."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import BaseModel, Field

from ...customers.commands import profile
from ...customers.commands.changing import Stale, customer_to_change, unchanged
from ...customers.models import Customer
from ...customers.portal_auth.sign_in import Seat
from ...customers.validation import ADDRESS, check_business, check_place, check_tax
from ...kernel.db.transactions import Tx, write
from ...kernel.errors import Conflict, Forbidden, Invalid
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ..gate import NOT_YOURS, Gate
from ..pages import HOME, PortalRoute, show, to
from ..session import Changing, Seated, Visit
from .company_form import FIELDS, Draft, as_stored, company_of, countries, form_of, known_doubts

router = APIRouter(prefix="/company", route_class=PortalRoute)
NAMES = ("legal_name", "ein")
TAX = ("tax_id",)
Values = Mapping[str, str]


class Typed(BaseModel):
    """The form's fields; as JSON, what they were when the page was made (`was`) and the doubts it said already."""

    legal_name: str = Field("", max_length=500)
    address_line1: str = Field("", max_length=500)
    address_line2: str = Field("", max_length=500)
    city: str = Field("", max_length=500)
    region: str = Field("", max_length=500)
    postal_code: str = Field("", max_length=500)
    country: str = Field("", max_length=500)
    ein: str = Field("", max_length=500)
    tax_id: str = Field("", max_length=500)
    was: str = Field("", max_length=8000)
    doubted: str = Field("", max_length=4000)

    @property
    def values(self) -> dict[str, str]:
        return {name: printable(getattr(self, name)) for name in FIELDS}

    @property
    def base(self) -> dict[str, str]:
        """A form that does not say what it started from has seen nothing."""
        try:
            said = json.loads(self.was)
        except (ValueError, RecursionError):
            said = {}
        known = said if isinstance(said, dict) else {}
        return {name: str(known.get(name, "")) for name in FIELDS}


class Doubtful(Conflict):
    """It may well be wrong: `problems` say why. The same again, with its doubts known, is saved."""


# ---------------------------------------------------------------- the pages


@router.get("")
def show_company(visit: Seated) -> Response:
    return show(visit, "company.html", company_page)


def company_page(gate: Gate, draft: Draft | None = None) -> dict[str, Any]:
    must_speak(gate)
    return form_of(gate, draft or Draft.of(gate))


@router.post("")
def save_company(visit: Changing, form: Annotated[Typed, Form()]) -> Response:
    typed, was = form.values, form.base
    try:
        write(visit.here.actor, change_company, visit.here, visit.language, typed, was, form.doubted)
    except Stale as faster:
        return _again(visit, 409, _merged(typed, was, faster))
    except Doubtful as doubt:
        return _again(visit, 409, Draft(typed, was, doubts=doubt.problems))
    except Invalid as refused:
        return _again(visit, 422, Draft(typed, was, errors=refused.problems))
    return to(f"{HOME}/{visit.here.customer_id}/details?done=company")


def _again(visit: Visit, status: int, draft: Draft) -> Response:
    """The page with what was typed, and beside it what is wrong, doubtful or different by now."""
    answer = show(visit, "company.html", company_page, draft)
    answer.status_code = status
    return answer


def _merged(mine: Values, base: Values, faster: Stale) -> Draft:
    """What somebody else wrote meanwhile, except where something else was typed here."""
    meant, now = as_stored(mine), faster.now
    touched = {name for name in FIELDS if meant[name] != base[name]}
    typed = {name: (mine if name in touched else now)[name] for name in FIELDS}
    rival = frozenset(name for name in touched & set(faster.theirs) if meant[name] != now[name])
    return Draft(typed, now, who=faster.who, rival=rival)


# ---------------------------------------------------------------- changing it


def must_speak(gate: Gate) -> None:
    """The same person as may invite: the primary contact speaks for the customer."""
    if not gate.may_invite:
        raise Forbidden(NOT_YOURS)


def change_company(tx: Tx, seat: Seat, language: str, typed: Values, base: Values, doubted: str = "") -> None:
    """All of the form or nothing. `base`: company_of as it was seen. Stale, Invalid or Doubtful."""
    gate = Gate(tx, seat, language)
    must_speak(gate)
    verbs = gate.for_verbs
    customer = customer_to_change(verbs, gate.customer.id)
    unchanged(verbs, customer, company_of(customer), base)
    differs = _differs(customer, typed)
    _check(gate, typed, differs, doubted)
    if differs & set(ADDRESS):
        profile.change_billing(verbs, customer.id, _only(typed, ADDRESS), {})
    if differs & set(NAMES):
        profile.change_business(verbs, customer.id, _only(typed, NAMES), {})
    if differs & set(TAX):
        profile.change_tax(verbs, customer.id, profile.tax_of(customer) | _only(typed, TAX), {})


def _differs(customer: Customer, typed: Values) -> set[str]:
    """What is left alone is neither judged nor saved: it may be older than a rule."""
    meant, now = as_stored(typed), company_of(customer)
    return {name for name in FIELDS if meant[name] != now[name]}


def _only(typed: Values, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: typed[name] for name in names}


def _check(gate: Gate, typed: Values, differs: set[str], doubted: str) -> None:
    """Complaints about all sections at once; a doubt is said once, and none about what stood there before."""
    found, doubts = _found(gate.customer, typed, differs)
    if typed["country"] not in countries(gate):
        found["country"] = Problem("country.missing")
    if problems := {name: found[name] for name in FIELDS if name in found}:
        raise Invalid.of(problems)
    old = _found(gate.customer, company_of(gate.customer), differs)[1]
    fresh = {name: doubt for name, doubt in doubts.items() if old.get(name) != doubt}
    if fresh and known_doubts(fresh) != doubted:
        raise Doubtful(**fresh)


def _found(customer: Customer, typed: Values, differs: set[str]) -> tuple[dict[str, Problem], dict[str, Problem]]:
    """(complaints, doubts) of the profile's sections in which something differs; a number is its country's."""
    sections = []
    if differs & set(ADDRESS):
        sections.append(check_place(_only(typed, ADDRESS)))
    if differs & set(NAMES):
        sections.append(check_business(profile.business_of(customer) | _only(typed, NAMES)))
    if differs & {*TAX, "country"}:
        sections.append(check_tax(profile.tax_of(customer) | _only(typed, TAX), typed["country"]))
    problems = {name: problem for one in sections for name, problem in one.problems.items()}
    return problems, {name: doubt.problem for one in sections for name, doubt in one.warnings.items()}
