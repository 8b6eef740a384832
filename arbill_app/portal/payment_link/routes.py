"""A payment link: shows and pays one invoice, for whoever holds it, without a session and nothing else of anybody.

A method typed here pays this once and is not kept for the customer.
"""

import logging
import secrets
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from ...invoices import payment_links
from ...invoices.documents.document_builder import invoice_document
from ...invoices.documents.pdf import file_name, render
from ...invoices.models import Invoice
from ...invoices.rules.lifecycle import Status
from ...kernel import clock, money
from ...kernel.errors import Conflict, Invalid, NotFound
from ...kernel.money import Money
from ...kernel.problems import BadValue, Problem
from ...kernel.settings import settings
from ...partners.views import timezone
from ...payments.allocations.reservations import free_of
from ...payments.charging.gateway_limits import may_ask
from ...payments.charging.link_limits import Paused, least_part, must_be_open, must_take_setups, note_pause
from ...payments.charging.one_off import keep_for_once, pay_once
from ...payments.gateway.choose import gateway_for, takes_payments
from ...payments.gateway.protocol import GatewayError, GatewayRefusal
from ...payments.methods.method_labels import label_of
from ...payments.methods.methods import note_setup, setup_by_token
from ...payments.models import AttemptState
from ...payments.receipts.document import Receipt, receipt_of
from ...payments.receipts.document import render as render_receipt
from ...web_forms import Ours, Typed
from ...web_papers import paper_of
from ..gate import LinkGate
from ..history import LOOKS
from ..home.methods import method_row
from ..home.paying import FORM_KEY, begin_action, checked_key, look_again, tell
from ..home.routes import leave
from ..home.views import amount_of
from ..methods.commands import kinds
from ..pages import PortalRoute, to
from ..session import Visit
from .holder import PAY, Held, Holder, show

log = logging.getLogger(__name__)
router = APIRouter(prefix=PAY + "/{token}", route_class=PortalRoute)


# ---------------------------------------------------------------- the invoice


@router.get("")
def show_invoice(held: Held) -> Response:
    return show(held, "link.html", invoice_page, held.token)


def invoice_page(gate: LinkGate, token: str) -> dict[str, Any]:
    found, invoice, say = payment_links.linked(token), gate.invoice, gate.say
    free = free_of(gate.tx, invoice)
    held = invoice.balance - free
    return {
        "number": invoice.number,
        "what": _what(gate),
        "standing": say(found.status.label),
        "look": LOOKS.get(found.status, "mute"),
        "settled": found.status in (Status.PAID, Status.REFUNDED),
        "amount": say.money(invoice.balance or invoice.total, invoice.currency),
        "due": say.day(invoice.due_on),
        "busy": say("%(amount)s is on its way", amount=say.money(held, invoice.currency)) if held > 0 else "",
        "pay": say.money(free, invoice.currency) if free > 0 and takes_payments() else "",
        "offline": free > 0 and not takes_payments(),
        "partner": found.partner,
    }


def _what(gate: LinkGate) -> str:
    """What is billed, in a line: all of it stands on the PDF."""
    found = [item.description for item in invoice_document(gate.tx, gate.invoice.id).items if item.description.strip()]
    more = gate.say("and %(count)s more", count=len(found) - 1) if len(found) > 1 else ""
    return gate.invoice.memo or f"{found[0] if found else ''} {more}".strip()


@router.get("/invoice.pdf")
async def invoice_pdf(held: Held) -> Response:
    return await paper_of(held.actor, lambda: payment_links.linked_document(held.token), render, file_name)


# ---------------------------------------------------------------- paying it


@router.post("/add", dependencies=Ours)
def add(held: Held) -> Response:
    """On to the gateway's page, where a card or account is typed for this payment."""
    try:
        held.do(_may_add, held.network)
    except Paused as paused:
        return _paused(held, paused)
    key = secrets.token_urlsafe(16)
    url, gateway_token = _begin(held, key)
    held.do(_note, gateway_token, key)
    return leave(url, Visit(language=held.chosen))


def _may_add(gate: LinkGate, network: str) -> None:
    must_be_open(gate.for_verbs, gate.invoice.id, network)
    must_take_setups(gate.for_verbs, gate.by_name)


def _paused(held: Holder, paused: Paused) -> Response:
    log.warning("a payment link of invoice %s is paused: %s", held.invoice_id, paused.message)
    held.do(_note_pause, paused.message)
    said = Problem("link.paused")
    return show(held, "link.html", invoice_page, held.token, problem=said, status=paused.status)


def _note_pause(gate: LinkGate, why: str) -> None:
    note_pause(gate.for_verbs, gate.invoice.id, why)


def _begin(held: Holder, key: str) -> tuple[str, str]:
    """(the gateway's page, its token): the same again for the same `key`."""
    invoice: Invoice = held.ask(lambda gate: gate.invoice)
    gateway = gateway_for(held.partner_id)
    # A customer of its own at the gateway: what a stranger types is not among what the customer saved.
    account = gateway.ensure_customer(f"link:{invoice.id}", "", invoice.number)
    back = f"{settings().origin}{held.home}/method?key={key}"
    begun = gateway.begin_setup(account, kinds(gateway, invoice.currency), back, f"link:{invoice.id}:{key}")
    return begun.url, begun.token


def _note(gate: LinkGate, token: str, key: str) -> None:
    setup = note_setup(gate.for_verbs, gate.invoice.customer_id, token, default=False, source="link")
    setup.by_name, setup.form_key = gate.by_name, key


@router.get("/method")
def come_back(held: Held, key: str = "") -> Response:
    """Back from the gateway's page. Opening an address asks the gateway for nothing: that takes the form below."""
    if not held.ask(_begun, key):
        return to(held.home)
    return show(held, "link_back.html", lambda _: {"action": f"{held.home}/method", "key": key})


@router.post("/method", dependencies=Ours)
def finish(held: Held, key: Typed = "") -> Response:
    """Asks the gateway what was typed on its page, then shows what would be paid with it."""
    setup_id, token = held.ask(_begun, key) or ("", "")
    return to(f"{held.home}/method/{setup_id}" if setup_id and _finish(held, token) else held.home)


def _begun(gate: LinkGate, key: str) -> tuple[str, str] | None:
    """(id, the gateway's token) of the setup that this link began with this key."""
    if not FORM_KEY.fullmatch(key):
        return None
    found = gate.setup_by_form(key)
    return (found.id, found.token) if found and found.by_name == gate.by_name else None


@router.get("/method/{setup_id}")
def show_sheet(held: Held, setup_id: str) -> Response:
    """What would be paid with what was typed."""
    return show(held, "link_pay.html", sheet, setup_id, key=secrets.token_urlsafe(16))


def _finish(held: Holder, token: str) -> str:
    may_ask(held.invoice_id)
    try:
        found = gateway_for(held.partner_id).finish_setup(token)
    except GatewayRefusal:
        return ""
    return str(held.do(_keep, token, gateway_for(held.partner_id).name, found))


def _keep(gate: LinkGate, token: str, gateway: str, found: Any) -> str:
    known = setup_by_token(gate.tx, token)
    if known is None:
        return ""
    setup = gate.setup(known.id)
    keep_for_once(gate.for_verbs, setup.id, gateway, found.customer, found)
    return setup.id


def sheet(gate: LinkGate, setup_id: str) -> dict[str, Any]:
    method = gate.method(gate.setup(setup_id))
    free = free_of(gate.tx, gate.invoice)
    if method is None or free <= 0:
        raise Conflict(Problem("payment.under_way", number=gate.invoice.number))
    return {
        "number": gate.invoice.number,
        "amount": gate.say.money(free, gate.invoice.currency),
        "plain": money.plain(free, gate.invoice.currency),
        "setup_id": setup_id,
        "method": method_row(gate.say, method, clock.today(timezone(gate.tx)), gate.invoice.currency),
    }


@router.post("/pay", dependencies=Ours)
def pay_now(held: Held, setup: Typed = "", amount: Typed = "", key: Typed = "") -> Response:
    try:
        attempt_id = held.do(_pay, setup, amount, key, held.network)
    except Paused as paused:
        return _paused(held, paused)
    except (Invalid, Conflict) as refused:
        return show(held, "link.html", invoice_page, held.token, problem=refused.problem, status=422)
    return to(f"{held.home}/payments/{attempt_id}")


def _pay(gate: LinkGate, setup_id: str, amount: str, key: str, network: str) -> str:
    method = gate.method(gate.setup(setup_id))
    form_key = f"link:{gate.invoice.id}:{checked_key(key)}"
    if known := gate.known(form_key):
        return known
    if method is None:
        raise NotFound(Problem("method.none_added"))
    free = free_of(gate.tx, gate.invoice)
    try:
        minor = amount_of(gate.say, amount, gate.invoice, free)
    except BadValue as wrong:
        raise Conflict(wrong.problem) from None
    if minor < (least := least_part(gate.invoice.currency, free)):
        raise Conflict(Problem("link.too_little", least=Money(least, gate.invoice.currency)))
    parts = [(gate.invoice.id, minor)]
    return pay_once(gate.for_verbs, method.id, parts, key=form_key, by_name=gate.by_name, network=network).id


# ---------------------------------------------------------------- what became of it


@router.get("/payments/{attempt_id}")
def show_progress(held: Held, attempt_id: str, back: str = "") -> Response:
    """`back`: from the bank's page, where a form asks the gateway at once how it ended."""
    if back and held.ask(_standing, attempt_id)[0] == AttemptState.REQUIRES_ACTION:
        return show(held, "link_back.html", lambda _: {"action": f"{held.home}/payments/{attempt_id}/look", "key": ""})
    return show(held, "progress.html", progress, attempt_id, held.home)


@router.post("/payments/{attempt_id}/look", dependencies=Ours)
def look(held: Held, attempt_id: str) -> Response:
    state, charge_id = held.ask(_standing, attempt_id)
    if state == AttemptState.REQUIRES_ACTION:
        look_again(held.partner_id, attempt_id, charge_id)
    return to(f"{held.home}/payments/{attempt_id}")


def progress(gate: LinkGate, attempt_id: str, home: str) -> dict[str, Any]:
    attempt = gate.attempt(attempt_id)
    method = gate.method_of(attempt)
    return {
        "progress": tell(gate.say, attempt, [(gate.invoice, attempt.amount)], label_of(method, gate.say)),
        "attempt_id": attempt.id,
        "link_base": f"{home}/payments/{attempt.id}",
        "receipt": "",
        "receipt_pdf": f"{home}/payments/{attempt.id}/receipt.pdf" if gate.payment_of(attempt) else "",
        "again": home,
        "again_same": "",
        "done_link": home,
    }


@router.get("/payments/{attempt_id}/receipt.pdf")
async def receipt_pdf(held: Held, attempt_id: str) -> Response:
    return await paper_of(
        held.actor, lambda: held.ask(_receipt, attempt_id), render_receipt, lambda receipt: receipt.name
    )


def _receipt(gate: LinkGate, attempt_id: str) -> Receipt:
    """Of what this link paid, with no other invoice on it."""
    payment = gate.payment_of(gate.attempt(attempt_id))
    if payment is None:
        raise NotFound(Problem("link.nothing_paid"))
    return receipt_of(gate.tx, payment.id, gate.invoice.language, only=gate.invoice.id)


def _standing(gate: LinkGate, attempt_id: str) -> tuple[str, str]:
    attempt = gate.attempt(attempt_id)
    return attempt.state, attempt.charge_id


@router.get("/payments/{attempt_id}/state")
def state(held: Held, attempt_id: str) -> Response:
    return JSONResponse({"state": held.ask(_standing, attempt_id)[0]})


@router.post("/payments/{attempt_id}/approve", dependencies=Ours)
def approve(held: Held, attempt_id: str) -> Response:
    at, charge_id = held.ask(_standing, attempt_id)
    here = f"{held.home}/payments/{attempt_id}"
    if at != "requires_action":
        return to(here)
    try:
        url = begin_action(held.partner_id, held.invoice_id, charge_id, f"{settings().origin}{here}?back=1")
    except GatewayError:
        return to(here)
    if not url:  # it was answered in another tab
        return to(f"{here}?back=1")
    return leave(url, Visit(language=held.chosen))
