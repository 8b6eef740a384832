from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError

from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.partners.security_log.log import ACTIONS, KEPT, SecurityEvent, note, older_than_kept
from tests.world import signed_in

NORA = "nora@northwind.example"


def log_of(actor):
    return read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))


@pytest.fixture
def noted(two):
    write(two.nora, note, "exported", detail="customers.csv")
    return two


def test_a_row_says_who_what_and_from_where(two):
    nora = signed_in(NORA)
    write(nora, note, "exported", detail="customers.csv", ip="203.0.113.7", agent="Firefox")
    row = log_of(two.nora)[-1]
    assert (row.staff_id, row.name, row.action, row.detail) == (nora.id, "Nora West", "exported", "customers.csv")
    assert (row.ip, row.agent) == ("203.0.113.7", "Firefox")


def test_a_row_about_a_colleague_names_the_colleague(two):
    write(two.nora, note, "role_changed", two.mia.id, "Member to Admin")
    assert (log_of(two.nora)[-1].staff_id, log_of(two.nora)[-1].name) == (two.mia.id, "Mia Ford")


def test_another_partner_sees_nothing_of_it(noted):
    assert not [row for row in log_of(noted.sol) if row.action == "exported"]


def test_an_unknown_action_is_a_mistake_of_the_program(two):
    with pytest.raises(ValueError, match="does not know"):
        write(two.nora, note, "made up")


def test_text_of_any_kind_and_length_is_kept_as_far_as_it_fits(two):
    write(two.nora, note, "exported", detail="\0\ud800" + "x" * 900, ip="y" * 99, agent="\0" + "z" * 999)
    row = log_of(two.nora)[-1]
    assert [len(value) for value in (row.detail, row.ip, row.agent)] == [500, 60, 200]


CHANGES = {
    "update by SQL": text("UPDATE security_event SET detail = 'nothing'"),
    "delete by SQL": text("DELETE FROM security_event"),
    "update": update(SecurityEvent).values(detail="nothing"),
    "delete": delete(SecurityEvent),
}  # REPLACE and TRUNCATE: tests/kernel/test_append_only.py


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_database_refuses_to_change_or_delete_a_row(noted, change):
    before = [row.model_dump() for row in log_of(noted.nora)]
    with pytest.raises(DatabaseError, match="only ever added to"), across_partners(write=True) as session:
        session.execute(change)
    assert [row.model_dump() for row in log_of(noted.nora)] == before


def test_so_does_the_orm(noted):
    def change(tx):
        tx.first(tx.own(SecurityEvent)).detail = "nothing"

    for verb in (change, lambda tx: tx.delete(tx.first(tx.own(SecurityEvent)))):
        with pytest.raises(TypeError, match="only ever added to"):
            write(noted.nora, verb)


def test_rows_older_than_two_years_may_go(noted):
    old = clock.now() - KEPT - timedelta(days=1)
    write(noted.nora, lambda tx: tx.create(SecurityEvent, at=old, action="exported", detail="old"))
    with across_partners(write=True) as session:
        session.execute(delete(SecurityEvent).where(older_than_kept()))
    assert {row.detail for row in log_of(noted.nora)} & {"old", "customers.csv"} == {"customers.csv"}


def test_every_action_has_words():
    assert all(label[0].isupper() and len(name) <= 40 for name, label in ACTIONS.items())
