"""History cannot be rewritten by any statement, on either database: not changed, deleted, replaced or emptied."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.append_only import FOR_EVER, FOR_LONG
from arbill_app.kernel.db.transactions import across_partners, write
from arbill_app.payments.models import AutoPayChange, GatewayEvent
from arbill_app.tables import metadata
from tests import world

CHANGES = {
    "update": "UPDATE {table} SET partner_id = partner_id",
    "upsert": "INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE true "
    "ON CONFLICT (id) DO UPDATE SET partner_id = EXCLUDED.partner_id",
}
BY_SQLITE = {
    "replace": "REPLACE INTO {table} SELECT * FROM {table}",
    "insert or replace": "INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1",
    "replace by row number": "REPLACE INTO {table} (rowid, {columns}) SELECT rowid, {other} FROM {table} LIMIT 1",
    "update or replace": "UPDATE OR REPLACE {table} SET id = (SELECT max(id) FROM {table})",
}
BY_POSTGRESQL = {"truncate": "TRUNCATE {table} CASCADE", "truncate alone": "TRUNCATE {table}"}


@pytest.fixture
def filled(two):
    """A row or more in each of these tables."""
    invoice = world.make_invoice(two.nora, two.ada)
    world.make_payment(two.nora, two.ada, "250.00", parts={invoice: "60.00"}, receipt=False)

    def more(tx):
        at = clock.now()
        for on in (True, False):
            tx.create(AutoPayChange, customer_id=two.ada, on=on, by_kind="staff", by_name="Nora", at=at)
            tx.create(GatewayEvent, gateway="stripe", event_id=f"evt_{on}", kind="x", received_at=at)

    write(two.nora, more)
    return two


def rows(table):
    with transactions.engine().connect() as connection:
        return sorted(str(row) for row in connection.execute(text(f"SELECT * FROM {table}")))


@pytest.mark.parametrize("table", [*FOR_EVER, *FOR_LONG])
def test_no_statement_changes_a_row(filled, database, table):
    before, columns = rows(table), [f'"{column.name}"' for column in metadata.tables[table].columns]
    assert before
    shapes = {
        "table": table,
        "columns": ", ".join(columns),
        "other": ", ".join("id || 'x'" if name == '"id"' else name for name in columns),
    }
    more = BY_SQLITE if database.startswith("sqlite") else BY_POSTGRESQL
    delete = {"delete": "DELETE FROM {table}"} if table in FOR_EVER else {}
    for name, statement in (CHANGES | more | delete).items():
        with pytest.raises(DatabaseError, match="only ever added") as refused, across_partners(write=True) as session:
            session.execute(text(statement.format(**shapes)))
        assert rows(table) == before, (name, refused.value)


def test_old_events_of_gateways_may_be_deleted(filled):
    with across_partners(write=True) as session:
        session.execute(text("DELETE FROM gateway_event"))
    assert rows("gateway_event") == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nor_does_a_second_key_let_anything_be_replaced(filled):
    before = rows("gateway_event")
    columns = [column.name for column in metadata.tables["gateway_event"].columns]
    other = ", ".join("id || 'x'" if name == "id" else name for name in columns)
    statement = f"REPLACE INTO gateway_event ({', '.join(columns)}) SELECT {other} FROM gateway_event"
    with pytest.raises(DatabaseError, match="only ever added"), across_partners(write=True) as session:
        session.execute(text(statement))
    assert rows("gateway_event") == before


def test_rows_are_still_added(filled):
    before = {table: len(rows(table)) for table in FOR_EVER}
    world.make_payment(filled.nora, filled.ada, "20.00", receipt=False)
    assert len(rows("activity")) > before["activity"]


def test_the_migration_goes_back_and_forth(filled, database):
    from alembic import command

    from arbill_app.migrate import upgrade
    from tests.kernel.test_migrations import config

    command.downgrade(config(database), "0020")
    with across_partners(write=True) as session:
        session.execute(text("UPDATE activity SET note = note"))
    upgrade(database)
    with pytest.raises(DatabaseError, match="only ever added"), across_partners(write=True) as session:
        session.execute(text("UPDATE activity SET note = note"))
