"""The sandbox gateway's own pages: where a test card or account is typed, and where a test payment is approved.

Whoever has the address may use it, as with a real gateway's page. Real numbers are refused and never kept.
"""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from ..kernel.errors import Invalid
from ..kernel.problems import Problem
from ..kernel.settings import settings
from ..payments.gateway.choose import gateway_name
from ..payments.gateway.protocol import CARD, PAD, US_BANK, GatewayRefusal
from ..payments.gateway.sandbox import page as sandbox_page
from ..payments.gateway.sandbox.addresses import ACTION_PAGE, SETUP_PAGE, id_in
from ..payments.gateway.sandbox.gateway import Sandbox
from ..payments.gateway.sandbox.test_numbers import INSTITUTION, NUMBERS, ROUTING, TRANSIT
from ..sentences.marks import N_
from ..web_forms import Ours, safe_next
from .i18n import Words
from .pages import HOME, PortalRoute, page, to
from .payment_link.holder import amount_to_pay
from .session import language_of

router = APIRouter(route_class=PortalRoute)
LABELS = {CARD: N_("Card"), US_BANK: N_("Bank account (ACH)"), PAD: N_("Bank account (PAD)")}
# In the order of the page: name, label, what a phone's keyboard shows, most characters.
FIELDS: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    CARD: (
        ("number", N_("Card number"), "numeric", 24),
        ("exp_month", N_("Expiry month"), "numeric", 2),
        ("exp_year", N_("Expiry year"), "numeric", 4),
        ("cvc", N_("Security code"), "numeric", 4),
    ),
    US_BANK: (("routing", N_("Routing number"), "numeric", 12), ("account", N_("Account number"), "numeric", 20)),
    PAD: (
        ("institution", N_("Institution number"), "numeric", 4),
        ("transit", N_("Transit number"), "numeric", 6),
        ("account", N_("Account number"), "numeric", 20),
    ),
}
HINTS = {"exp_month": N_("MM"), "exp_year": N_("YYYY")}
GIVEN = {"routing": ROUTING, "institution": INSTITUTION, "transit": TRANSIT}


def _at(address: str) -> tuple[Sandbox, str]:
    """The sandbox that gave out this address, and the id of the setup or charge that it is about."""
    if gateway_name() != Sandbox.name:
        raise HTTPException(404)
    try:
        token = id_in(address)
        return sandbox_page.at(token), token
    except GatewayRefusal:
        raise HTTPException(404) from None


@router.get(SETUP_PAGE + "{address}")
def show_setup(request: Request, address: str, kind: str = "") -> Response:
    return _setup(request, *_at(address), kind, dict(GIVEN))


def _setup(
    request: Request,
    sandbox: Sandbox,
    token: str,
    kind: str,
    typed: dict[str, str],
    problems: dict[str, Problem] | None = None,
) -> Response:
    kinds = sandbox_page.kinds_of(token)
    kind = kind if kind in kinds else kinds[0]
    staff, back = sandbox_page.by_staff(token), _back(sandbox, token)
    values: dict[str, Any] = {
        "kinds": [(one, LABELS[one]) for one in kinds],
        "kind": kind,
        "fields": FIELDS[kind],
        "numbers": [entry for entry in NUMBERS if entry.kind == kind],
        "hints": HINTS,
        "staff": staff,
        "needs_agreement": sandbox_page.needs_agreement(kind, staff),
        "asks_later": staff and kind == PAD,
        "typed": typed,
        "back": back,
        "to_pay": amount_to_pay(request, back),
    }
    say = Words(language_of(request))
    return page(
        "sandbox_add.html", say, status=422 if problems else 200, problems=problems, here=request.url.path, **values
    )


@router.post(SETUP_PAGE + "{address}", dependencies=Ours)
async def do_setup(request: Request, address: str) -> Response:
    async with request.form(max_files=0, max_fields=12) as form:
        return await to_thread.run_sync(_entered, request, address, _texts(form))


def _texts(form: FormData) -> dict[str, str]:
    return {name: value[:60] for name, value in form.items() if isinstance(value, str)}


def _entered(request: Request, address: str, typed: dict[str, str]) -> Response:
    (sandbox, token), kind = _at(address), typed.get("kind", CARD)
    try:
        sandbox_page.enter(token, kind, typed)
    except Invalid as refused:
        kept = {name: typed.get(name, "") for name, *_ in FIELDS.get(kind, ()) if name not in ("number", "account")}
        return _setup(request, sandbox, token, kind, kept, refused.problems)
    except (GatewayRefusal, KeyError):
        raise HTTPException(404) from None
    return to(_back(sandbox, token))


def _back(sandbox: Sandbox, token: str) -> str:
    """Where the browser came from; only a page of ours."""
    return safe_next(sandbox.return_url(token).removeprefix(settings().origin), HOME)


# ---------------------------------------------------------------- approving


@router.get(ACTION_PAGE + "{address}")
def show_action(request: Request, address: str) -> Response:
    sandbox, charge_id = _at(address)
    charge, say = sandbox.fetch(charge_id), Words(language_of(request))
    waits = charge.status == "requires_action"
    values: dict[str, Any] = {
        "amount": say.money(charge.amount, charge.currency),
        "waits": waits,
        "back": _back(sandbox, charge_id),
    }
    return page("sandbox_approve.html", say, here=request.url.path, **values)


@router.post(ACTION_PAGE + "{address}", dependencies=Ours)
async def do_action(request: Request, address: str) -> Response:
    async with request.form(max_files=0, max_fields=4) as form:
        approved = form.get("answer") == "approve"
    sandbox, charge_id = await to_thread.run_sync(_at, address)
    await to_thread.run_sync(sandbox.authenticate, charge_id, approved)
    return to(await to_thread.run_sync(_back, sandbox, charge_id))
