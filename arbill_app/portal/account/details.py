"""Your details: name and phone, which emails come, a password, colleagues; and the company as it is on file."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from ...customers.commands.contacts import (
    WouldStop,
    change_contact,
    contact_of,
    contacts_of,
    invite_colleague,
    what_stops,
)
from ...customers.models import Contact, ContactFields, Permission
from ...customers.portal_auth import sign_in as sign_in
from ...customers.portal_auth.sign_in import Seat
from ...invoices.documents.parties import buyer_of
from ...kernel.db.transactions import Tx, write
from ...kernel.errors import ArbillError, Conflict, Forbidden, Invalid
from ...kernel.fields import check
from ...kernel.problems import Problem
from ...partners.auth.limits import for_invitation
from ...sentences.marks import N_
from ...web_forms import Typed
from ..gate import NOT_YOURS, Gate
from ..pages import HOME, PortalRoute, show, to
from ..session import Changing, Seated, Visit, secret_of
from . import company

router = APIRouter(prefix=HOME + "/{customer}/details", route_class=PortalRoute)
MAILS = {
    "mail_billing": N_("Invoices, receipts and reminders"),
    "mail_updates": N_("News about the service"),
    "mail_legal": N_("Legal notices"),
}
MOST_PEOPLE = 50
DONE = {
    "saved": N_("Your details are saved."),
    "mails": N_("Your email preferences are saved."),
    "invited": N_("The invitation is on its way."),
    "password": N_("Your password is saved. Every other browser was signed out."),
    "codes": N_("You sign in with codes alone again."),
    "company": N_("Your company’s details are saved."),
}
router.include_router(company.router)


@router.get("")
def show_details(visit: Seated, done: str = "") -> Response:
    return _page(visit, done=done)


def _page(visit: Visit, done: str = "", **more: Any) -> Response:
    login = visit.login
    password = {"has_password": bool(login and login.has_password)}
    return show(visit, "details.html", details, done, **password, **more)


def details(gate: Gate, done: str) -> dict[str, Any]:
    me = gate.contact
    return {
        "me": contact_of(me) if me else None,
        "mails": [(name, gate.say(label), getattr(me, name)) for name, label in MAILS.items()] if me else [],
        "company_lines": _company_lines(gate),
        "ein": gate.customer.ein,
        "speaks": next((one.name for one in gate.colleagues() if one.is_primary and one.portal_access), ""),
        "partner": gate.partner.name,
        "colleagues": [(one.name, one.email, one.portal_access) for one in gate.colleagues()],
        "may_invite": gate.may_invite,
        "done": gate.say(DONE[done]) if done in DONE else "",
        "typed": {},
        "stops": [],
    }


def _company_lines(gate: Gate) -> list[str]:
    """As it stands on invoices."""
    paper = buyer_of(gate.customer)
    return [paper["name"], *paper["lines"], *(f"{gate.say('Tax ID')} {number}" for number in paper["tax_ids"])]


# ---------------------------------------------------------------- oneself


@router.post("/me")
def save_me(
    visit: Changing, first_name: Typed = "", last_name: Typed = "", phone: Typed = "", position: Typed = ""
) -> Response:
    typed = {"first_name": first_name, "last_name": last_name, "phone": phone, "position": position}
    return _do(visit, "saved", typed, _change_me, typed, True)


@router.post("/mails")
def save_mails(
    visit: Changing,
    mails: Annotated[list[str] | None, Form()] = None,
    confirmed: Typed = "",
) -> Response:
    """Confirmed once more where nobody would get the invoices any more."""
    values = {name: name in (mails or []) for name in MAILS}
    try:
        write(visit.here.actor, _change_me, visit.here, visit.language, values, bool(confirmed))
    except WouldStop:
        stops = show(visit, "mails.html", _what_stops, values)
        stops.status_code = 409
        return stops
    return to(f"{HOME}/{visit.here.customer_id}/details?done=mails")


def _what_stops(gate: Gate, values: Mapping[str, bool]) -> dict[str, Any]:
    after = check(ContactFields, contact_of(gate.me()) | dict(values))
    stops = what_stops(contacts_of(gate.tx, gate.customer.id), gate.me(), after)
    return {"stops": [gate.say.problem(one) for one in stops], "kept": [name for name, on in values.items() if on]}


def _change_me(tx: Tx, seat: Seat, language: str, values: Mapping[str, Any], confirmed: bool) -> None:
    """Nothing but what the form is about: address, access and permissions stay as they are."""
    gate = Gate(tx, seat, language)
    me = gate.me()
    change_contact(gate.for_verbs, me.id, contact_of(me) | dict(values), confirmed=confirmed)


# ---------------------------------------------------------------- colleagues


@router.post("/invite")
def invite(
    request: Request, visit: Changing, first_name: Typed = "", last_name: Typed = "", email: Typed = ""
) -> Response:
    typed = {"invite_first_name": first_name, "invite_last_name": last_name, "invite_email": email}
    person = {"first_name": first_name, "last_name": last_name, "email": email}
    try:
        for_invitation(visit.here.email_key)
    except Invalid as refused:
        return _refused(visit, refused, typed)
    return _do(visit, "invited", typed, _invite, person, prefix="invite_")


def _invite(tx: Tx, seat: Seat, language: str, person: Mapping[str, str]) -> Contact:
    """A colleague may no more than who invites them, and is welcomed by email."""
    gate = Gate(tx, seat, language)
    if not gate.may_invite:
        raise Forbidden(NOT_YOURS)
    if len(gate.colleagues()) >= MOST_PEOPLE:
        raise Conflict(Problem("portal.enough_people"))
    may = [p.value for p in Permission if gate.may(p)]
    return invite_colleague(gate.for_verbs, gate.customer.id, dict(person) | {"permissions": may})


# ---------------------------------------------------------------- the password


@router.post("/password")
def save_password(request: Request, visit: Changing, password: Typed = "", remove: Typed = "") -> Response:
    if not password and not remove:
        return _refused(visit, Invalid(password=Problem("password.missing")), {})
    try:
        sign_in.set_password(secret_of(request), "" if remove else password)
    except Invalid as refused:
        return _refused(visit, refused, {})
    return to(f"{HOME}/{visit.here.customer_id}/details?done={'codes' if remove else 'password'}")


def _do(visit: Visit, done: str, typed: Mapping[str, str], verb: Any, *args: Any, prefix: str = "") -> Response:
    try:
        write(visit.here.actor, verb, visit.here, visit.language, *args)
    except (Invalid, Conflict) as refused:
        return _refused(visit, refused, typed, prefix)
    return to(f"{HOME}/{visit.here.customer_id}/details?done={done}")


def _refused(visit: Visit, refused: ArbillError, typed: Mapping[str, str], prefix: str = "") -> Response:
    """The page again, with what was typed and what is wrong with it."""

    def again(gate: Gate) -> dict[str, Any]:
        said = {prefix + name: problem for name, problem in refused.problems.items()}
        return details(gate, "") | {
            "problems": said,
            "problem": None if said else refused.problem,
            "typed": typed,
            "has_password": bool(visit.login and visit.login.has_password),
        }

    answer = show(visit, "details.html", again)
    answer.status_code = 422
    return answer
