"""Lines from before taxes had names: each has one tax, known by its rate, and no figure changes."""

import pytest
from alembic import command

from arbill_app.kernel.db.transactions import make_engine
from tests.kernel.test_mailbox_migration import NOW, Before
from tests.kernel.test_migrations import config

BEFORE, AFTER = "0018", "0019"
LINES = {
    "invoice_line": [("inl_1", 88_750, 10_000, 888), ("inl_2", 0, 2_000, 0), ("inl_3", 50_000, -10_001, -500)],
    "credit_line": [("crl_9", 88_750, 5_000, 444)],
}
TAX = ("name", "jurisdiction", "kind", "reason", "position", "partner_id", "rate", "base", "amount")


@pytest.fixture
def before(bare_database):
    made = Before(bare_database, BEFORE)
    made.add("legal_entity", id="ent_1", partner_id="par_1", name="Northwind", country="CA", is_default=True)
    made.customer("cus_1")
    paper = {
        "partner_id": "par_1",
        "customer_id": "cus_1",
        "legal_entity_id": "ent_1",
        "number": "1",
        "seller": {},
        "buyer": {},
    }
    made.add("invoice", id="inv_1", due_on=NOW.date(), stage="open", ship_to={}, **paper)
    made.add("credit_note", id="crn_1", invoice_id="inv_1", ship_to={}, **paper)
    for table, parent in (("invoice_line", {"invoice_id": "inv_1"}), ("credit_line", {"credit_note_id": "crn_1"})):
        for position, (id, rate, net, tax) in enumerate(LINES[table]):
            made.add(table, id=id, partner_id="par_1", position=position, tax_rate=rate, net=net, tax=tax, **parent)
    yield made
    made.engine.dispose()


def test_each_line_has_one_tax_of_its_rate_net_and_tax(before, bare_database):
    tables = {name: before.rows(name, "id", "tax_rate", "net", "tax") for name in LINES}
    command.upgrade(config(bare_database), AFTER)
    assert {name: before.rows(name, "id", "tax_rate", "net", "tax") for name in LINES} == tables
    engine = make_engine(bare_database)
    for table, lines in LINES.items():
        for id, rate, net, tax in lines:
            with engine.begin() as connection:
                rows = connection.exec_driver_sql(
                    f"SELECT {', '.join(TAX)} FROM line_tax WHERE {table}_id = '{id}'"
                ).all()
            assert [tuple(row) for row in rows] == [("Tax", "", "other", "", 0, "par_1", rate, net, tax)]
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*), count(DISTINCT id) FROM line_tax").one() == (4, 4)
        assert connection.exec_driver_sql("SELECT id FROM line_tax WHERE credit_line_id = 'crl_9'").scalar() == "ltx_9"
        assert connection.exec_driver_sql("SELECT tax_name FROM legal_entity").scalar() == ""
    engine.dispose()
