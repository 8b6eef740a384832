"""`updated_at`: programs ask for what changed since they looked last, and miss nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import update
from sqlmodel import col, select

from arbill_app.customers.commands.profile import change_labels
from arbill_app.customers.models import Contact, Customer
from arbill_app.invoices.models import CreditNote, Invoice
from arbill_app.kernel.db.transactions import Changing, Owned, Tx, read, write
from arbill_app.payments.models import Payment, PaymentMethod
from arbill_app.tables import metadata
from tests import world

THEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2031, 3, 2, 9, 30, tzinfo=UTC)
FOLLOWED: tuple[Any, ...] = (Customer, Contact, Invoice, CreditNote, Payment, PaymentMethod)


def changed_at(by: Any, model: Any, id: str) -> datetime:
    found: datetime = read(by, lambda tx: tx.get(model, id)).updated_at
    return found


def test_these_are_followed_and_found_by_an_index() -> None:
    followed = {table.name for table in metadata.sorted_tables if "updated_at" in table.columns}
    assert followed == {model.__tablename__ for model in FOLLOWED}
    for model in FOLLOWED:
        assert issubclass(model, Changing)
        assert issubclass(model, Owned)
        found = [[column.name for column in index.columns] for index in model.__table__.indexes]
        assert ["partner_id", "updated_at", "id"] in found


def test_a_new_row_says_when_it_was_made(database: str) -> None:
    with time_machine.travel(THEN, tick=False):
        nora = world.make_partner("Northwind", "Nora West", "nora@northwind.example")
        ada = world.make_customer(nora, "Ada Interiors", [world.user("Ada Quill", "ada@adainteriors.example")])
    assert changed_at(nora, Customer, ada) == THEN
    contact = read(nora, lambda tx: tx.first(tx.own(Contact)))
    assert contact.updated_at == THEN


@pytest.mark.parametrize("by_table", [False, True])
def test_a_change_by_an_object_or_by_a_statement_is_noted(two: world.World, by_table: bool) -> None:
    def by_object(tx: Tx) -> None:
        tx.get(Customer, two.ada).company = "Ada Rooms"

    def by_statement(tx: Tx) -> None:
        tx.session.execute(update(Customer).where(col(Customer.id) == two.ada).values(company="Ada Rooms"))

    before = changed_at(two.nora, Customer, two.bruno)
    with time_machine.travel(LATER, tick=False):
        write(two.nora, by_statement if by_table else by_object)
    assert changed_at(two.nora, Customer, two.ada) == LATER
    assert changed_at(two.nora, Customer, two.bruno) == before


def test_what_is_kept_in_rows_of_its_own_counts_as_a_change_of_the_customer(two: world.World) -> None:
    tag = world.make_tag(two.nora, "VIP")
    with time_machine.travel(LATER, tick=False):
        write(two.nora, change_labels, two.ada, [tag], "")
    assert changed_at(two.nora, Customer, two.ada) == LATER


def test_a_payment_changes_the_invoice_that_it_pays(two: world.World) -> None:
    invoice = world.make_invoice(two.nora, two.ada)
    with time_machine.travel(LATER, tick=False):
        payment = world.make_payment(two.nora, two.ada, "10.00", parts={invoice: "10.00"}, receipt=False)
    assert changed_at(two.nora, Invoice, invoice) == changed_at(two.nora, Payment, payment) == LATER


def test_nothing_that_changed_since_is_missed_or_told_twice(two: world.World) -> None:
    with time_machine.travel(LATER, tick=False):
        write(two.nora, change_labels, two.bruno, [world.make_tag(two.nora, "Managed IT")], "")
    since = select(Customer.id).where(Customer.partner_id == two.nora.partner_id, Customer.changed_since(LATER))
    assert list(read(two.nora, lambda tx: tx.all(since))) == [two.bruno]


@pytest.mark.parametrize("model", FOLLOWED)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_takes_the_index_of_changes_for_nothing_else(two: world.World, model: Any) -> None:
    """Without statistics it would, and read all rows of a partner where another index holds a few."""
    name = f"ix_{model.__tablename__}_partner_id_updated_at_id"

    def plan(tx: Tx, *conditions: Any) -> str:
        asked = tx.own(model).where(*conditions).compile(tx.session.get_bind(), compile_kwargs={"literal_binds": True})
        return str(tx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all())

    assert name in read(two.nora, plan, model.changed_since(LATER))
    assert name not in read(two.nora, plan)
    for column in model.__table__.columns:
        if column.name not in ("updated_at", "partner_id"):
            assert name not in read(two.nora, plan, column.is_(None)), column.name
