"""Payment methods and Auto Pay: the pages."""

import secrets
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...kernel.db.transactions import write
from ...kernel.errors import Conflict
from ...kernel.problems import Problem
from ...kernel.settings import settings
from ...sentences.marks import N_
from ...web_forms import Typed, safe_next
from ..gate import Gate
from ..home.paying import FORM_KEY
from ..home.routes import leave
from ..pages import HOME, PortalRoute, show, to
from ..session import Changing, Seated, Visit, remember
from .commands import approve, begin, choose_default, finish, methods_page, removal, remove, switch_auto_pay

router = APIRouter(prefix=HOME + "/{customer}/methods", route_class=PortalRoute)
NEXT = "arbill_portal_then"  # the cookie that says where to go on once a method was added
LONGEST = 3000
DONE = {
    "added": N_("The payment method was added."),
    "none": N_("No payment method was added."),
    "default": N_("This payment method is charged first from now on."),
    "approved": N_("The pre-authorised debit is approved."),
    "removed": N_("The payment method was removed."),
    "on": N_("Auto Pay is on."),
    "off": N_("Auto Pay is off."),
}


@router.get("")
def show_methods(visit: Seated, done: str = "") -> Response:
    return show(visit, "methods.html", lambda gate: methods_page(gate) | {"done": _said(gate, done)})


def _said(gate: Gate, done: str) -> str:
    return gate.say(DONE[done]) if done in DONE else ""


@router.post("/add")
def add(visit: Changing, next: Typed = "") -> Response:
    """On to the gateway's page; a card number never passes here."""
    key = secrets.token_urlsafe(16)
    answer = leave(begin(visit.here, visit.language, key, _back(visit, key)), visit)
    remember(answer, NEXT, quote(next[:LONGEST], safe=""), 24 * 3600)
    return answer


def _back(visit: Visit, key: str) -> str:
    return f"{settings().origin}{HOME}/{visit.here.customer_id}/methods/added?key={key}"


@router.get("/added")
def come_back(visit: Seated, key: str = "") -> Response:
    """Back from the gateway's page. Opening an address asks the gateway for nothing: that takes the form below."""
    here = f"{HOME}/{visit.here.customer_id}/methods"
    if visit.viewer or not FORM_KEY.fullmatch(key):
        return to(f"{here}?done=none")
    return show(visit, "link_back.html", lambda _: {"action": f"{here}/added", "key": key})


@router.post("/added")
def added(request: Request, visit: Changing, key: Typed = "") -> Response:
    """Asks the gateway what was typed on its page: something or nothing."""
    here = f"{HOME}/{visit.here.customer_id}/methods"
    method_id = finish(visit.here, visit.language, key) if FORM_KEY.fullmatch(key) else ""
    if not method_id:
        return to(f"{here}?done=none")
    onward = safe_next(unquote(request.cookies.get(NEXT, "")) or here, here)
    answer = to(f"{here}?done=added" if onward == here else _with_method(onward, method_id))
    remember(answer, NEXT, "")
    return answer


def _with_method(path: str, method_id: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}method={method_id}"


@router.post("/{method_id}/default")
def make_default(visit: Changing, method_id: str) -> Response:
    return _do(visit, "default", choose_default, method_id)


@router.post("/{method_id}/approve")
def approve_debits(visit: Changing, method_id: str, agreed: Typed = "") -> Response:
    if not agreed:
        raise Conflict(Problem("method.not_agreed"))
    return _do(visit, "approved", approve, method_id)


@router.get("/{method_id}/remove")
def ask_removal(visit: Seated, method_id: str) -> Response:
    return show(visit, "remove.html", removal, method_id)


@router.post("/{method_id}/remove")
def do_remove(visit: Changing, method_id: str) -> Response:
    return _do(visit, "removed", remove, method_id)


@router.post("/auto-pay")
def auto_pay(visit: Changing, on: Typed = "") -> Response:
    return _do(visit, "on" if on else "off", switch_auto_pay, bool(on))


def _do(visit: Visit, done: str, verb: object, *args: object) -> Response:
    write(visit.here.actor, verb, visit.here, visit.language, *args)  # type: ignore[arg-type]
    return to(f"{HOME}/{visit.here.customer_id}/methods?done={done}")
