"""What every table keeps to, so that a new one cannot forget it."""

import pytest
from sqlalchemy import BigInteger, Float, Numeric
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import False_

from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db import Owned, Record
from arbill_app.tables import metadata

# The partner itself, tries of people who are nobody yet, when sweeps ran, and portal logins: one email is one login.
NOBODYS = {
    "key_check",
    "try_count",
    "known_device",
    "sweep_run",
    "worker",
    "portal_login",
    "portal_code",
    "portal_session",
}
ACROSS = {"partner", *NOBODYS}
SEEN_BY_CONTACTS: set[str] = set()  # tables that say themselves what a portal contact sees
STAFF = Actor("par_1", "staff", "stf_1", "Nora", "owner")
CONTACT = Actor("par_1", "contact", "con_1", "Ada")


def models(base=Record):
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from models(model)


MODELS = {model.__tablename__: model for model in models()}


def sql(condition) -> str:
    return str(condition.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def test_every_table_is_a_record():
    assert set(MODELS) == set(metadata.tables)


@pytest.mark.parametrize("name", sorted(set(MODELS) - ACROSS))
def test_every_row_belongs_to_a_partner(name):
    column = metadata.tables[name].c.partner_id
    assert not column.nullable
    assert [key.target_fullname for key in column.foreign_keys] == ["partner.id"]
    assert issubclass(MODELS[name], Owned)
    assert sql(MODELS[name].owned_by(STAFF)) == f"{name}.partner_id = 'par_1'"


def test_a_partner_is_seen_by_its_own_staff_only():
    assert sql(MODELS["partner"].owned_by(STAFF)) == "partner.id = 'par_1'"
    assert not [name for name in NOBODYS if hasattr(MODELS[name], "owned_by")]


@pytest.mark.parametrize("name", sorted(set(MODELS) - NOBODYS - SEEN_BY_CONTACTS))
def test_no_table_is_visible_to_a_portal_contact_unless_it_says_so(name):
    assert isinstance(MODELS[name].owned_by(CONTACT), False_)


def test_prefixes_of_ids_are_all_different():
    prefixes = [model.prefix for model in MODELS.values()]
    assert len(set(prefixes)) == len(prefixes)
    assert {len(prefix) for prefix in prefixes} == {3}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_no_column_is_a_float(name):
    """Numeric is a float on SQLite too."""
    assert [column.name for column in metadata.tables[name].c if isinstance(column.type, (Float, Numeric))] == []


# Columns that hold minor units, or a quantity to multiply them with.
TOTALS = {"subtotal", "discount", "tax", "total"}
LINE = {"quantity", "unit_price", "discount", "net", "tax"}
MONEY = {
    "invoice": TOTALS | {"balance", "refunded"},
    "credit_note": TOTALS | {"unapplied"},
    "invoice_line": LINE,
    "credit_line": LINE,
    "allocation": {"amount"},
    "payment": {"amount", "refunded", "disputed", "unapplied"},
    "sandbox_charge": {"refunded"},
}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_money_is_a_whole_number_wide_enough(name):
    wide = {column.name for column in metadata.tables[name].c if isinstance(column.type, BigInteger)}
    named = {c.name for c in metadata.tables[name].c if c.name.endswith(("_minor", "_amount", "amount", "balance"))}
    assert MONEY.get(name, set()) | named == wide - {"number"}  # FTS5's row id, which is no money
    assert not any(metadata.tables[name].c[column].nullable for column in wide - {"number"})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_text_has_a_limit(name):
    endless = [
        c.name for c in metadata.tables[name].c if c.type.python_type is str and getattr(c.type, "length", 1) is None
    ]
    assert endless == (["found_by"] if name.endswith("_search") else [])
