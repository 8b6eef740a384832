"""0009: stored keys are made anew. What was one sign-in and is two, or the other way round, is said, never merged."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import DateTime, LargeBinary, MetaData, Table, insert, select

from arbill_app.kernel.db.transactions import make_engine
from tests.kernel.test_migrations import config

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Before:
    """A database as the migration `at` left it, filled by hand."""

    def __init__(self, url: str, at: str = "0008") -> None:
        self.url = url
        command.upgrade(config(url), at)
        self.engine = make_engine(url)
        self.known = MetaData()
        self.known.reflect(self.engine)
        self.add("partner", id="par_1", name="Northwind")
        self.add("partner", id="par_2", name="Southgate")

    def add(self, name: str, /, **values: Any) -> None:
        table = self.known.tables[name]
        with self.engine.execution_options(write=True).begin() as connection:
            connection.execute(insert(table).values(filled(table) | values))

    def customer(self, id: str, partner: str = "par_1") -> None:
        self.add("customer", id=id, partner_id=partner, draft_key=id, company=id)
        self.add("customer_search", id=id, number=int(id[4:]), partner_id=partner, found_by=id)

    def contact(self, id: str, customer: str, email: str, key: str, partner: str = "par_1") -> None:
        where = {"customer_id": customer, "partner_id": partner, "domain": key.rpartition("@")[2]}
        self.add("contact", id=id, email=email, email_key=key, is_primary=False, permissions=[], **where)

    def staff(self, id: str, email: str, key: str, joined: datetime | None = NOW, **more: Any) -> None:
        who = {"partner_id": "par_1", "email": email, "email_key": key, "role": "member", "joined_at": joined}
        self.add("staff", id=id, **(who | more))

    def migrate(self, to: str = "0009") -> None:
        command.upgrade(config(self.url), to)
        self.known = MetaData()
        self.known.reflect(self.engine)

    def rows(self, name: str, *columns: str) -> list[Any]:
        table = self.known.tables[name]
        with self.engine.begin() as connection:
            found = connection.execute(select(*(table.c[one] for one in columns)).order_by(table.c.id)).all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in found]


def filled(table: Table) -> dict[str, Any]:
    """Something in each column that must not be empty."""

    def some(kind: Any) -> Any:
        if isinstance(kind, DateTime):
            return NOW
        return b"" if isinstance(kind, LargeBinary) else {str: "", int: 0, bool: False}.get(kind.python_type, [])

    return {c.name: some(c.type) for c in table.columns if not (c.nullable or c.name == "number")}


@pytest.fixture
def before(bare_database):
    made = Before(bare_database)
    yield made
    made.engine.dispose()


def test_two_domains_that_were_one_sign_in_are_two_and_it_is_said(before, capsys):
    before.customer("cus_1")
    before.customer("cus_2", "par_2")
    before.contact("con_1", "cus_1", "ida@straße.example", "ida@strasse.example")
    before.contact("con_2", "cus_2", "ida@strasse.example", "ida@strasse.example", "par_2")
    before.add("portal_login", id="plo_1", email_key="ida@strasse.example", password_hash="x")
    for name in ("portal_session", "portal_code"):
        before.add(name, id="row_1", email_key="ida@strasse.example")
    before.migrate()
    assert before.rows("contact", "email", "email_key", "domain") == [
        ("ida@straße.example", "ida@xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("ida@strasse.example", "ida@strasse.example", "strasse.example"),
    ]
    assert [before.rows(name, "id") for name in ("portal_login", "portal_session", "portal_code")] == [[], [], []]
    said = capsys.readouterr().out
    assert "con_1: ida@straße.example was taken for the same mailbox" in said
    assert "con_2: ida@strasse.example was taken for the same mailbox" in said
    assert "Portal sign-in ida@strasse.example" in said
    notes = before.rows("activity", "partner_id", "action", "subject_id", "note")
    assert [note[:3] for note in notes] == [
        ("par_1", "contact.mailbox", "cus_1"),
        ("par_2", "contact.mailbox", "cus_2"),
    ]
    assert "straße" in notes[0][3]
    assert "strasse" not in notes[0][3], "another partner's contact is nobody's business"


def test_a_mailbox_that_only_changes_its_key_keeps_everything(before, capsys):
    before.customer("cus_1")
    before.contact("con_1", "cus_1", "ida@bücher.example", "ida@bücher.example")
    before.contact("con_2", "cus_1", "Ada@Bluebird.example", "ada@bluebird.example")
    before.add("portal_login", id="plo_1", email_key="ida@bücher.example", password_hash="x")
    before.add("portal_login", id="plo_2", email_key="ada@bluebird.example", password_hash="y")
    before.add("portal_session", id="pss_1", email_key="ida@bücher.example")
    before.staff("stf_1", "ida@bücher.example", "ida@bücher.example")
    before.staff("stf_2", "Kim@Straße.example", "kim@strasse.example")
    before.migrate()
    assert before.rows("contact", "email_key") == ["ida@xn--bcher-kva.example", "ada@bluebird.example"]
    assert before.rows("portal_login", "email_key", "password_hash") == [
        ("ida@xn--bcher-kva.example", "x"),
        ("ada@bluebird.example", "y"),
    ]
    assert before.rows("portal_session", "email_key") == ["ida@xn--bcher-kva.example"]
    assert before.rows("staff", "email", "email_key") == [
        ("ida@bücher.example", "ida@xn--bcher-kva.example"),
        ("Kim@Straße.example", "kim@xn--strae-oqa.example"),
    ]
    assert before.rows("customer_search", "found_by") == ["cus_1 · ida@bucher.example · ida@xn--bcher-kva.example"]
    assert before.rows("activity", "id") == []
    assert capsys.readouterr().out == ""


def test_two_rows_of_one_mailbox_stay_two_and_it_is_said(before, capsys):
    before.customer("cus_1")
    before.contact("con_1", "cus_1", "ida@bücher.example", "ida@bücher.example")
    before.contact("con_2", "cus_1", "ida@xn--bcher-kva.example", "ida@xn--bcher-kva.example")
    before.staff("stf_1", "ida@bücher.example", "ida@bücher.example", joined=None)
    before.staff("stf_2", "ida@xn--bcher-kva.example", "ida@xn--bcher-kva.example")
    before.migrate()
    assert before.rows("contact", "email_key") == ["ida@xn--bcher-kva.example", "twice:con_2"]
    assert before.rows("staff", "email_key") == ["twice:stf_1", "ida@xn--bcher-kva.example"]
    assert before.rows("staff", "email") == ["ida@bücher.example", "ida@xn--bcher-kva.example"]
    assert before.rows("activity", "action", "subject_id") == [("contact.mailbox", "cus_1"), ("staff.mailbox", "stf_1")]
    said = capsys.readouterr().out
    assert "con_2: ida@xn--bcher-kva.example is the mailbox of another contact" in said
    assert "stf_1: ida@bücher.example is the mailbox of another sign-in" in said


def test_keys_that_change_places_do_not_stand_in_each_others_way(before):
    before.staff("stf_1", "ida@xn--strae-oqa.example", "ida@strasse.example")
    before.staff("stf_2", "ida@strasse.example", "ida@xn--strae-oqa.example")
    before.migrate()
    assert before.rows("staff", "email_key") == ["ida@xn--strae-oqa.example", "ida@strasse.example"]
