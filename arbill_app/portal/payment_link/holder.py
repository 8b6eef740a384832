"""The holder of a payment link, and pages with the branding of the invoice's partner; no session."""

import base64
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from ...invoices import payment_links
from ...kernel.db.transactions import Tx, read, write
from ...kernel.errors import NotFound
from ...partners.rules.throttle import network_of
from ...payments.allocations.reservations import free_of
from ...web_forms import caller
from ..gate import LinkGate
from ..pages import Frame, page
from ..session import LANGUAGE
from ..theme import style

PAY = "/pay"


class Holder:
    """Who holds a link: the invoice's partner and id, and the language that was chosen in this browser."""

    def __init__(self, request: Request, token: str) -> None:
        self.token = token
        self.actor = payment_links.holder_of(token)
        self.partner_id, self.invoice_id = self.actor.partner_id, self.actor.invoice_id
        self.chosen = request.cookies.get(LANGUAGE, "")[:10]
        self.network = network_of(caller(request)[0])
        self.home = f"{PAY}/{token}"
        self.path = self.home

    def ask(self, query: Any, *args: Any) -> Any:
        """`query(gate, …)` in a reading transaction."""
        return read(self.actor, lambda tx: query(self.gate(tx), *args))

    def do(self, verb: Any, *args: Any) -> Any:
        return write(self.actor, lambda tx: verb(self.gate(tx), *args))

    def gate(self, tx: Tx) -> LinkGate:
        return LinkGate(tx, self.invoice_id, self.chosen)


Held = Annotated[Holder, Depends(Holder)]


def show(held: Holder, template: str, query: Any, *args: Any, **more: Any) -> Response:
    found = payment_links.linked(held.token)
    say, values = held.ask(lambda gate: (gate.say, query(gate, *args)))
    look, logo = style(found.accent), _logo(found)
    frame = Frame(title=found.partner, style=look, logo=logo, home=held.home, reply_to=found.reply_to)
    return page(template, say, frame, path=held.path, token=held.token, **(values | more))


def _logo(found: payment_links.Linked) -> str:
    """The logo as a data: URL, because without a session no other file of the partner can be fetched."""
    return f"data:{found.logo_kind};base64,{base64.b64encode(found.logo).decode()}" if found.logo else ""


def amount_to_pay(request: Request, path: str) -> str:
    """What the link that leads to this path asks for, such as "$70.00"; "" where no link does."""
    if not path.startswith(PAY + "/"):
        return ""
    try:
        return str(Holder(request, path.split("/")[2]).ask(_to_pay))
    except NotFound:
        return ""


def _to_pay(gate: LinkGate) -> str:
    free = free_of(gate.tx, gate.invoice)
    return gate.say.money(free, gate.invoice.currency) if free > 0 else ""
