"""Who is asking: a signed-in contact, staff who view as the customer (read-only), or a stranger.

The cookie is HttpOnly; what a seat may do is asked again by the gate in every transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request
from fastapi.responses import Response

from ..customers.models import Customer
from ..customers.portal_auth.sign_in import LASTS, Login, Seat, resolve
from ..kernel.db.transactions import Tx, ask
from ..kernel.encryption.values import sign, unsign
from ..kernel.errors import ArbillError, Forbidden, NotFound
from ..kernel.monitoring.logs import note_actor
from ..kernel.problems import Problem
from ..kernel.settings import settings
from ..kernel.text.i18n import spoken
from ..partners.auth.sign_in import Who
from ..partners.models import Partner
from ..web_forms import from_here

LANGUAGE = "arbill_language"
VIEW_AS = "arbill_view_as"
VIEWED_FOR = timedelta(hours=1)
# Resolves the staff session in a Cookie header; set by open_on, because the portal must not import the dashboard.
Staff = Callable[[str], Awaitable[Who | None]]


@dataclass(frozen=True)
class Visit:
    """`language` is "" while nobody chose one. `viewer` is the name of staff who look on."""

    login: Login | None = None
    seat: Seat | None = None
    language: str = ""
    viewer: str = ""
    path: str = "/portal"

    @property
    def here(self) -> Seat:
        assert self.seat
        return self.seat


class SignedOut(Exception):
    """Go and sign in, then come back to `path`."""

    def __init__(self, path: str) -> None:
        self.path = path


class StaffSignedOut(ArbillError):
    """Only staff who are signed in may look on."""

    status = 401


def cookie_name(name: str = "arbill_portal") -> str:
    # __Host- ties the cookie to this host and to https; browsers refuse the prefix on plain http.
    return f"__Host-{name}" if settings().https else name


def secret_of(request: Request) -> str:
    return request.cookies.get(cookie_name(), "")[:100]


def remember(answer: Response, name: str, value: str, lasts: int = int(LASTS.total_seconds()), path: str = "/") -> None:
    """Sets a cookie of ours; with an empty `value` it is forgotten."""
    how: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": settings().https, "path": path}
    if value:
        answer.set_cookie(name, value, max_age=lasts, **how)
    else:
        answer.delete_cookie(name, **how)


def language_of(request: Request, login: Login | None = None) -> str:
    """The language this person chose, else the Accept-Language of the browser."""
    chosen = (login.language if login else "") or request.cookies.get(LANGUAGE, "")[:10]
    if chosen or login:
        return spoken(chosen) if chosen else ""
    return spoken(request.headers.get("accept-language", "")[:5])


async def anybody(request: Request) -> Visit:
    secret = secret_of(request)
    login = await anyio.to_thread.run_sync(resolve, secret) if secret else None
    return Visit(login, None, language_of(request, login), path=_path(request))


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def seated(request: Request, customer: str) -> Visit:
    """On the seat that the address names; SignedOut without a session, NotFound for anybody else's customer."""
    if request.cookies.get(VIEW_AS):
        viewing = await looking_on(request, customer)
        if viewing:
            return viewing
    visit = await anybody(request)
    if visit.login is None:
        raise SignedOut(visit.path)
    for seat in visit.login.seats:
        if seat.customer_id == customer:
            note_actor(seat.contact_id)
            return Visit(visit.login, seat, visit.language, path=visit.path)
    raise NotFound(Problem("row.not_found"))


async def changing(request: Request, customer: str) -> Visit:
    """A form that changes something: from our own pages, and by the person themselves."""
    from_here(request)
    visit = await seated(request, customer)
    if visit.viewer:
        raise Forbidden(Problem("portal.only_looking"))
    return visit


# ---------------------------------------------------------------- staff who look on


async def staff_of(request: Request) -> Who:
    staff: Staff = request.app.state.staff
    who = await staff(request.headers.get("cookie", ""))
    if who is None:
        raise StaffSignedOut(Problem("portal.staff_first"))
    return who


async def looking_on(request: Request, customer: str) -> Visit | None:
    try:
        who = await staff_of(request)
        if not _may_look_on(request, who, customer):
            return None
        seat = await ask(who.actor, _seat_to_view, customer[:40], who.actor.name)
    except (StaffSignedOut, NotFound):
        return None
    return Visit(None, seat, request.cookies.get(LANGUAGE, "")[:10], viewer=who.actor.name, path=_path(request))


def view_as_token(who: Who, customer_id: str) -> str:
    """What the cookie of "View as customer" holds: only this session may look at this customer, for `VIEWED_FOR`."""
    return sign(_viewing(who, customer_id), VIEW_AS)


def _may_look_on(request: Request, who: Who, customer: str) -> bool:
    """Staff may view only after the view was recorded: the signed cookie proves that."""
    return unsign(request.cookies.get(VIEW_AS, "")[:300], VIEW_AS, VIEWED_FOR) == _viewing(who, customer)


def _viewing(who: Who, customer_id: str) -> str:
    return f"{who.actor.session_id}:{customer_id}"


def _seat_to_view(tx: Tx, customer_id: str, name: str) -> Seat:
    customer, partner = tx.get(Customer, customer_id), tx.get(Partner, tx.actor.partner_id)
    return Seat(partner.id, partner.name, customer.id, customer.company, "", "", name)


Anybody = Annotated[Visit, Depends(anybody)]
Seated = Annotated[Visit, Depends(seated)]
Changing = Annotated[Visit, Depends(changing)]
