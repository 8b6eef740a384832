"""What the create screen shows while an invoice is typed: the document, its totals, and what each payment option would
do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...customers.rules import rate
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import date_text
from ..billing_context import Parties, due_date, parties_of
from ..commands.sending import billing_contacts
from ..documents import parties
from ..models import Option
from ..payment_facts import Method, default_option, methods_of, none_to_charge
from ..rules.totals import Line, Totals
from ..validation import Checked, InvoiceDefaults, write_quantity

Text = Callable[[int], str]


@dataclass(frozen=True)
class Chosen:
    """A customer as the editor needs it; `defaults` is what the typing is checked against.

    `no_method` says why none can be charged, "" when one can.
    """

    id: str
    company: str
    email: str
    due_on: str
    option: str
    defaults: InvoiceDefaults
    tax_rate: str
    seller: list[str]
    buyer: list[str]
    ship_to: list[str]
    recipients: list[str]
    methods: list[Method]
    no_method: str
    language: str
    logo_id: str


@dataclass(frozen=True)
class OptionView:
    """`why` says why it is not possible, "" when it is; `text` what it does."""

    value: str
    label: str
    text: str
    why: str = ""


@dataclass(frozen=True)
class PaperLine:
    description: str
    detail: str
    amount: str


@dataclass(frozen=True)
class PaperView:
    """The paper on the right of the screen."""

    due: str = ""
    lines: list[PaperLine] = field(default_factory=list)
    sums: list[list[str]] = field(default_factory=list)
    total: str = ""


def choose(tx: Tx, customer_id: str) -> Chosen:
    """Invalid where this customer cannot be invoiced."""
    who = parties_of(tx, customer_id, hold=False)
    people, methods = billing_contacts(tx, who.customer.id), methods_of(tx, who.customer.id)
    return Chosen(
        id=who.customer.id,
        company=who.customer.company,
        email=people[0].email if people else "",
        due_on=due_date(who).isoformat(),
        option=default_option(who.customer, methods),
        defaults=who.defaults(),
        tax_rate=rate.write(who.defaults().tax_rate),
        seller=_party(parties.seller_of(who.entity)),
        buyer=_party(parties.buyer_of(who.customer)),
        ship_to=_ship_to(who),
        recipients=[contact.name for contact in people],
        methods=methods,
        no_method="" if methods else str(none_to_charge(tx, who.customer)),
        language=who.language,
        logo_id=who.entity.logo_id or who.partner.logo_id or "",
    )


def _party(party: Mapping[str, Any]) -> list[str]:
    return [party["name"], *party["lines"]]


def _ship_to(who: Parties) -> list[str]:
    return _party(parties.ship_to_of(who.customer, who.place)) if who.place else []


def options(chosen: Chosen | None, due_on: str) -> list[OptionView]:
    """All five, those that need a method on file disabled with the reason while there is none."""
    return [_option(option, chosen, due_on) for option in Option]


def _option(option: Option, chosen: Chosen | None, due_on: str) -> OptionView:
    if chosen is None:
        why = "Choose a customer first." if option.needs_method else ""
        return OptionView(option, option.label, TEXTS[option], why)
    if option.needs_method and not chosen.methods:
        return OptionView(option, option.label, "", chosen.no_method)
    method = chosen.methods[0].label if chosen.methods else ""
    texts = TEXTS | {
        Option.NOW: f"{method} is charged when you create it.",
        Option.ON_DUE: f"{method} is charged on {due_on or 'the due date'}.",
        Option.LINK: _link_text(chosen.recipients),
    }
    return OptionView(option, option.label, texts[option])


TEXTS = {
    Option.LATER: "Creates the invoice; it appears in the portal.",
    Option.NOW: "The default payment method is charged when you create it.",
    Option.ON_DUE: "The default payment method is charged on the due date.",
    Option.LINK: "The customer’s billing contacts get a link to pay.",
    Option.METHOD: "Choose which saved method to charge.",
}


def _link_text(names: list[str]) -> str:
    if not names:
        return "No contact gets billing emails: there is nobody to send the link to."
    if len(names) == 1:
        return f"{names[0]} gets a link to pay."
    shown = ", ".join(names[:2]) if len(names) > 2 else names[0]
    last = f"{len(names) - 2} more" if len(names) > 2 else names[1]
    return f"{shown} and {last} get a link to pay."


def paper(checked: Checked, currency: str, memo: str, *, itemised: bool) -> PaperView:
    def text(minor: int) -> str:
        return Money(minor, currency).text()

    totals = checked.totals
    lines = [
        PaperLine(line.description or memo or "Services", _detail(line, text) if itemised else "", text(line.net))
        for line in totals.lines
    ]
    return PaperView(date_text(checked.due_on), lines, _sums(totals, text), text(totals.total))


def _detail(line: Line, text: Text) -> str:
    detail = f"{write_quantity(line.quantity)} × {text(line.unit_price)}"
    return f"{detail} − {text(line.discount)}" if line.discount else detail


def _sums(totals: Totals, text: Text) -> list[list[str]]:
    rows = [["Subtotal", text(totals.subtotal)]] if totals.discount or len(totals.lines) > 1 else []
    if totals.discount:
        rows.append(["Discount", text(-totals.discount)])
    taxes = [[one.label, text(one.amount)] for one in totals.taxes]
    return [*rows, *(taxes or [["Tax 0.00%", text(0)]])]
