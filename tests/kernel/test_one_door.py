from contextlib import nullcontext

import pytest
from sqlalchemy.exc import SQLAlchemyError

from arbill_app.customers.models import Contact, Customer, Tag, TagFields
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, transaction, write
from arbill_app.kernel.errors import NotFound
from tests.world import contacts, seat_of

HOSTILE = ["", "\0", "cus_\0", "\ud800", "' OR 1=1 --", "x" * 5000, "cus_%", "ÅÉÎ"]


def test_everybody_sees_their_own_customers_only(two):
    assert {row.id for row in read(two.nora, lambda tx: tx.all(tx.own(Customer)))} == {two.ada, two.bruno}
    assert {row.id for row in read(two.sol, lambda tx: tx.all(tx.own(Customer)))} == {two.clara}


def test_another_partners_row_does_not_exist(two):
    with pytest.raises(NotFound):
        read(two.nora, lambda tx: tx.get(Customer, two.clara))
    with pytest.raises(NotFound):
        write(two.nora, lambda tx: tx.get(Customer, two.clara, lock=True))
    with pytest.raises(NotFound):
        read(two.nora, lambda tx: tx.get(Contact, contacts(two.sol, two.clara)[0].id))


@pytest.mark.parametrize("id", HOSTILE)
def test_an_id_that_is_none_does_not_exist(two, id):
    with pytest.raises(NotFound):
        read(two.nora, lambda tx: tx.get(Customer, id))


def test_somebody_in_the_portal_sees_the_rows_of_their_customer(two):
    ada = contacts(two.nora, two.ada)[0]
    visitor = seat_of(ada.email).actor
    assert read(visitor, lambda tx: tx.get(Customer, two.ada)).company == "Ada Interiors"
    assert [row.id for row in read(visitor, lambda tx: tx.all(tx.own(Contact)))] == [ada.id]
    for model, id in ((Customer, two.bruno), (Customer, two.clara), (Contact, contacts(two.nora, two.bruno)[0].id)):
        with pytest.raises(NotFound):
            read(visitor, lambda tx, model=model, id=id: tx.get(model, id))


def test_many_actors_share_one_statement(two):
    """It says the ids of partner and customer as parameters: made anew for each it would cost more than it asks."""
    seats = [seat_of(contacts(by, id)[0].email) for by, id in ((two.nora, two.ada), (two.nora, two.bruno))]
    transactions._one_of.cache_clear()
    for seat in [*seats, seat_of(contacts(two.sol, two.clara)[0].email)]:
        assert read(seat.actor, lambda tx, seat=seat: tx.get(Customer, seat.customer_id)).id == seat.customer_id
    assert transactions._one_of.cache_info().currsize == 1


def test_a_row_belongs_to_the_partner_of_who_made_it(two):
    row = write(two.sol, lambda tx: tx.create(Tag, TagFields(name="Late"), name_key="late"))
    assert row.partner_id == two.sol.partner_id


def test_a_transaction_rolls_back_as_a_whole(two):
    def half(tx):
        tx.create(Tag, TagFields(name="Half"), name_key="half")
        tx.flush()
        tx.record("tag.added", tx.get(Customer, two.ada))
        tx.later("charge", "half", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(two.nora, half)
    assert read(two.nora, lambda tx: tx.all(tx.own(Tag))) == []
    assert read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge"))) == []
    assert read(two.nora, lambda tx: tx.all(tx.own(Activity).where(Activity.action == "tag.added"))) == []


def test_a_question_changes_nothing(two, database):
    def sneaky(tx):
        tx.get(Customer, two.ada).company = "Changed"
        tx.flush()

    refused_by_postgres = nullcontext() if "sqlite" in database else pytest.raises(SQLAlchemyError, match="read-only")
    with refused_by_postgres:
        read(two.nora, sneaky)
    assert read(two.nora, lambda tx: tx.get(Customer, two.ada)).company == "Ada Interiors"


def test_a_lock_reads_the_row_anew(two):
    """What was read before waiting for a lock may be old by then."""
    with transaction(two.nora) as tx:
        seen = tx.get(Customer, two.ada)
        tx.session.connection().exec_driver_sql(f"UPDATE customer SET company = 'Moved on' WHERE id = '{two.ada}'")
        assert seen.company == "Ada Interiors"
        assert tx.get(Customer, two.ada, lock=True).company == "Moved on"


def test_a_lock_does_not_lose_what_was_set_before(two):
    with transaction(two.nora) as tx:
        tx.get(Customer, two.ada).company = "Set here"
        assert tx.get(Customer, two.ada, lock=True).company == "Set here"
