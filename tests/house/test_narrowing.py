"""What somebody in the portal and the holder of a payment link see, over every table that belongs to a partner.

Each customer gets a row of each table. The actors are those that signing in and payment links make.
"""

import itertools
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pytest

from arbill_app.customers.models import Customer, ShippingAddress
from arbill_app.invoices.models import CreditNote, Invoice, with_link
from arbill_app.invoices.payment_links import holder_of
from arbill_app.invoices.tax_models import LineTax
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import Owned, Tx, read, write
from arbill_app.kernel.errors import NotFound
from arbill_app.partners.models import Staff
from arbill_app.payments.models import LINK, LINK_OF, Attempt, Setup
from arbill_app.portal.session import _seat_to_view
from arbill_app.tables import metadata
from tests.house.test_tables import MODELS, SEEN_BY_BOTH, SEEN_BY_CUSTOMERS
from tests.world import World, contacts, person_of, seat_of

OWNED = {model.__table__.name: model for model in MODELS.values() if issubclass(model, Owned)}
NAMES = [table.name for table in metadata.sorted_tables if table.name in OWNED]
OF_THE_CUSTOMER = {"customer", "contact", "customer_search"}  # there already; one of each
PRINTED = {"logo", "legal_entity"}  # on every paper of the partner
# Tables of which a customer or a partner has one row.
ONE_EACH: dict[str, Any] = {
    "shipping_address": lambda tx, made: tx.own(ShippingAddress).where(ShippingAddress.customer_id == made["customer"]),
    "sandbox_bank": lambda tx, _made: tx.own(OWNED["sandbox_bank"]),
}
TOKEN = "token-of-one-link-{}"
_numbers = itertools.count(1)
Made = dict[str, str]


def fill(by: Actor, customer_id: str, email: str, *, first: bool = True) -> Made:
    """A row of each table for this customer: {table: id}."""
    made = {"customer": customer_id, "contact": contact_id(by, customer_id, email)}
    return write(by, _fill, made | {"person": person_of(by).id}, first)


def contact_id(by: Actor, customer_id: str, email: str) -> str:
    return next(contact.id for contact in contacts(by, customer_id) if contact.email == email)


def _fill(tx: Tx, made: Made, first: bool) -> Made:
    for name in NAMES:
        if name in OF_THE_CUSTOMER or (name in ONE_EACH and tx.first(ONE_EACH[name](tx, made))):
            continue
        made[name] = tx.create(OWNED[name], **values(OWNED[name], made)).id
        tx.flush()
    if first:
        tx.get(Customer, made["customer"]).group_id = made["customer_group"]
    tx.get(Setup, made["payment_setup"]).method_id = made["payment_method"]
    return made


def values(model: Any, made: Made) -> dict[str, Any]:
    """Something in each column that needs it; rows point at those made for the same customer."""
    found: dict[str, Any] = {}
    for column in model.__table__.columns:
        target = next((key.column.table.name for key in column.foreign_keys), "")
        if target in made:
            found[column.name] = made[target]
        elif not (column.nullable or column.name in ("id", "partner_id", "number") or column.computed is not None):
            kind = model.model_fields[column.name].annotation
            found[column.name] = some(kind, getattr(column.type, "length", None) or 40)
    number = f"INV-{next(_numbers)}"
    special: dict[Any, dict[str, Any]] = {
        Invoice: {"stage": "open", "number": number, **with_link(TOKEN.format(made["customer"] + str(number)))},
        CreditNote: {"number": number},
        Attempt: {"source": LINK, "ended_at": None},
        Staff: {"person_id": None},  # invited: a person has one place in a company
        LineTax: {"credit_line_id": None},  # it is of one line; a link sees no credit notes
    }
    return found | special.get(model, {})


def some(kind: Any, length: int) -> Any:
    if kind in (datetime, date):
        return clock.now() if kind is datetime else date(2026, 11, 28)
    if isinstance(kind, type) and issubclass(kind, str):
        return next(iter(kind)).value if issubclass(kind, StrEnum) else f"x{next(_numbers)}"[:length]
    return {int: 0, bool: False, bytes: b"x"}.get(kind, {})


def seen(actor: Actor, name: str) -> set[str]:
    return set(read(actor, lambda tx: [row.id for row in tx.all(tx.own(OWNED[name]))]))


def reached(actor: Actor, name: str, ids: set[str]) -> set[str]:
    """Which of these rows the actor can open by id."""
    return {id for id in ids if read(actor, _there, name, id)}


def _there(tx: Tx, name: str, id: str) -> bool:
    try:
        return bool(tx.get(OWNED[name], id))
    except NotFound:
        return False


@pytest.fixture
def filled(two: World) -> dict[str, Made]:
    made = {
        "ada": fill(two.nora, two.ada, "ada@adainteriors.example"),
        "bruno": fill(two.nora, two.bruno, "bruno@brunomotors.example"),
        "clara": fill(two.sol, two.clara, "clara@clarabooks.example"),
        "again": fill(two.nora, two.ada, "ada@adainteriors.example", first=False),
    }
    for by, one in ((two.nora, "ada"), (two.nora, "bruno"), (two.sol, "clara"), (two.nora, "again")):
        write(by, _began_by_link, made[one])
    return made


def _began_by_link(tx: Tx, made: Made) -> None:
    invoice, setup = tx.get(Invoice, made["invoice"]), tx.get(Setup, made["payment_setup"])
    setup.source, setup.by_name = LINK, LINK_OF + invoice.number


def everything(made: dict[str, Made], name: str) -> set[str]:
    return {one[name] for one in made.values() if name in one}


def test_in_the_portal_one_sees_ones_own_customers_rows_and_no_others(two: World, filled: dict[str, Made]) -> None:
    """Staff who view the portal as the customer are narrowed in the same way."""
    viewing = read(two.nora, _seat_to_view, two.ada, "Nora West").actor
    for actor in (seat_of("ada@adainteriors.example").actor, viewing):
        for name in NAMES:
            one = {"ada": filled["ada"]}  # also its group, of which a customer has one
            own = everything(one if name == "customer_group" else one | {"again": filled["again"]}, name)
            if name in PRINTED:
                own |= {filled["bruno"][name], *seen(two.nora, name)}
            expected = own if name in SEEN_BY_CUSTOMERS else set()
            assert seen(actor, name) == expected, name
            assert reached(actor, name, everything(filled, name)) == expected & everything(filled, name), name


def test_a_link_shows_its_invoice_and_no_other_of_the_same_customer(two: World, filled: dict[str, Made]) -> None:
    number = read(two.nora, lambda tx: tx.get(Invoice, filled["ada"]["invoice"])).number
    actor = holder_of(TOKEN.format(two.ada + number))
    assert (actor.customer_id, actor.invoice_id) == (two.ada, filled["ada"]["invoice"])
    for name in NAMES:
        own = everything({"ada": filled["ada"]}, name) | (seen(two.nora, name) if name in PRINTED else set())
        expected = own if name in SEEN_BY_BOTH else set()
        assert seen(actor, name) == expected, name
        assert reached(actor, name, everything(filled, name)) == expected & everything(filled, name), name


def test_staff_see_all_of_their_partner_and_nothing_of_another(two: World, filled: dict[str, Made]) -> None:
    """Or the tests above would say nothing."""
    for name in NAMES:
        if name == "customer_search":
            continue
        theirs = {one: made[name] for one, made in filled.items() if name in made}
        shown = seen(two.nora, name)
        assert shown >= {id for one, id in theirs.items() if one != "clara"}, name
        assert theirs["clara"] not in shown, name


@pytest.mark.parametrize(("model", "hidden"), [(Invoice, {"stage": "draft"}), (CreditNote, {"number": ""})])
def test_what_is_not_issued_yet_is_not_shown(two: World, filled: dict[str, Made], model: Any, hidden: Any) -> None:
    seat = seat_of("ada@adainteriors.example").actor
    name = model.__table__.name
    write(two.nora, lambda tx: tx.get(model, filled["ada"][name]).sqlmodel_update(hidden))
    lines = {"invoice": "invoice_line", "credit_note": "credit_line"}[name]
    assert seen(seat, name) == {filled["again"][name]}
    assert seen(seat, lines) == {filled["again"][lines]}
