"""Routes: open invoices (the first screen), the review before paying, and the progress of a payment."""

import secrets
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from ...kernel.db.transactions import write
from ...kernel.errors import ArbillError, Conflict, Invalid
from ...kernel.settings import settings
from ...payments.gateway.protocol import GatewayError
from ...sentences.marks import N_
from ...web_forms import Typed
from ..gate import MOST, Gate
from ..pages import HOME, PortalRoute, asking, page, show, to
from ..session import Changing, Seated, Visit
from .paying import begin_action, look_again, pay, progress, state_of
from .views import first_screen, sheet

router = APIRouter(prefix=HOME + "/{customer}", route_class=PortalRoute)
DONE = {"added": N_("The payment method was added.")}


@router.get("")
def first(request: Request, visit: Seated, typing: str = "", method: str = "", done: str = "") -> Response:
    """Coming back from the sheet, with what was ticked and typed on it."""
    typed = {f"amount.{id}": text for id, text in _asked(request).items()}
    return show(visit, "owed.html", _first, bool(typing), method, done, typed=typed)


def _first(gate: Gate, typing: bool, method_id: str, done: str) -> dict[str, Any]:
    return first_screen(gate, typing, method_id) | {"done": gate.say(DONE[done]) if done in DONE else ""}


def _asked(request: Request) -> dict[str, str]:
    """Invoice ids and the amounts typed for them, as the first screen sends them; "" is all of it."""
    asked = request.query_params
    return {id[:40]: asked.get(f"amount.{id}", "")[:40] for id in asked.getlist("invoice")[:MOST]}


@router.get("/pay")
def review(request: Request, visit: Seated, method: str = "") -> Response:
    """What would be paid with what; nothing happens before Pay now."""
    typed = _asked(request)
    back = f"{HOME}/{visit.here.customer_id}?{_again(typed, method)}"
    try:
        return show(visit, "pay.html", sheet, typed, method, key=secrets.token_urlsafe(16), back=back)
    except (Invalid, Conflict) as refused:
        return _refused(visit, refused, {f"amount.{id}": text for id, text in typed.items()})


def _again(typed: dict[str, str], method: str) -> str:
    """What the first screen is asked with to look as it did."""
    chosen = [("invoice", id) for id in typed] + [(f"amount.{id}", text) for id, text in typed.items() if text]
    known = {"typing": "1" if any(typed.values()) else "", "method": method}
    return urlencode(chosen + [(name, value) for name, value in known.items() if value])


def _refused(visit: Visit, refused: ArbillError, typed: dict[str, str]) -> Response:
    """The first screen again, with what was typed and what is wrong with it."""
    amounts = {name: problem for name, problem in refused.problems.items() if name.startswith("amount.")}
    said = None if amounts else refused.problem
    answer = show(visit, "owed.html", first_screen, bool(amounts), problems=amounts, problem=said, typed=typed)
    answer.status_code = 422
    return answer


@router.post("/pay")
def pay_now(
    visit: Changing,
    method: Typed = "",
    key: Typed = "",
    part: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """`part`: "<invoice id>=<amount>" for each invoice; what of it is still open is asked again."""
    typed = dict(text[:120].partition("=")[::2] for text in (part or [])[:MOST])
    try:
        attempt_id = write(visit.here.actor, pay, visit.here, visit.language, typed, method, key)
    except (Invalid, Conflict) as refused:
        return _refused(visit, refused, {f"amount.{id}": text for id, text in typed.items()})
    return to(f"{HOME}/{visit.here.customer_id}/payments/{attempt_id}")


# ---------------------------------------------------------------- what became of it


@router.get("/payments/{attempt_id}")
def show_progress(visit: Seated, attempt_id: str, back: str = "") -> Response:
    """`back`: from the bank's page, where a form asks the gateway at once how it ended."""
    if back and not visit.viewer and asking(visit, state_of, attempt_id)[0] == "requires_action":
        action = f"{HOME}/{visit.here.customer_id}/payments/{attempt_id}/look"
        return show(visit, "link_back.html", lambda _: {"action": action, "key": ""})
    return show(visit, "progress.html", progress, attempt_id)


@router.post("/payments/{attempt_id}/look")
def look(visit: Changing, attempt_id: str) -> Response:
    state, charge_id = asking(visit, state_of, attempt_id)
    if state == "requires_action":
        look_again(visit.here.partner_id, attempt_id, charge_id)
    return to(f"{HOME}/{visit.here.customer_id}/payments/{attempt_id}")


@router.get("/payments/{attempt_id}/state")
def state(visit: Seated, attempt_id: str) -> Response:
    return JSONResponse({"state": asking(visit, state_of, attempt_id)[0]})


@router.post("/payments/{attempt_id}/approve")
def approve(visit: Changing, attempt_id: str) -> Response:
    """On to the bank's own page."""
    at, charge_id = asking(visit, state_of, attempt_id)
    here = f"{HOME}/{visit.here.customer_id}/payments/{attempt_id}"
    if at != "requires_action":
        return to(here)
    try:
        url = begin_action(visit.here.partner_id, visit.here.contact_id, charge_id, f"{settings().origin}{here}?back=1")
    except GatewayError:
        return to(here)
    if not url:  # it was answered in another tab
        return to(f"{here}?back=1")
    return leave(url, visit)


def leave(url: str, visit: Visit) -> Response:
    """To a page of ours at once; elsewhere by a page that says so, because forms may lead to our own pages only."""
    if url.startswith(settings().origin + "/"):
        return to(url)
    from ..i18n import Words

    return page("leave.html", Words(visit.language), url=url)
