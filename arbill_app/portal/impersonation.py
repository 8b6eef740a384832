"""View as customer: staff see what a customer sees, and nothing can be changed. It is written down at the customer."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ..customers.models import Customer
from ..kernel.db.transactions import Tx, personal, write
from ..kernel.errors import Forbidden
from ..kernel.problems import Problem
from ..partners.security_log.log import note
from .pages import HOME, PortalRoute, to
from .session import VIEW_AS, VIEWED_FOR, looking_on, remember, staff_of, view_as_token

router = APIRouter(prefix=HOME, route_class=PortalRoute)


@router.get("/as/{customer}")
async def begin(request: Request, customer: str) -> Response:
    """The cookie is worth something only together with the staff's session, which says who looks."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden(Problem("portal.open_from_customer"))
    who = await staff_of(request)
    customer_id = await run_in_threadpool(write, who.actor, note_viewed, customer[:40])
    answer = to(f"{HOME}/{customer_id}")
    lasts = int(VIEWED_FOR.total_seconds())
    remember(answer, VIEW_AS, view_as_token(who, customer_id), lasts, f"{HOME}/{customer_id}")
    return answer


@personal
def note_viewed(tx: Tx, customer_id: str) -> str:
    """Also read-only staff may look; NotFound for another partner's customer."""
    customer = tx.get(Customer, customer_id)
    tx.record("customer.viewed_as", customer)
    note(tx, "view_as", detail=customer.company)
    return customer.id


@router.get("/{customer}/stop")
async def stop(request: Request, customer: str) -> Response:
    viewing = await looking_on(request, customer)
    answer = to(f"/customers/{customer[:40]}" if viewing else HOME)
    remember(answer, VIEW_AS, "", path=f"{HOME}/{quote(customer[:40])}")
    return answer
