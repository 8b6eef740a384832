"""What every table keeps to, so that a new one cannot forget it."""

import pytest
from sqlalchemy import BigInteger, Float, Numeric, and_, false
from sqlalchemy.dialects import sqlite

from arbill_app.kernel.actor import Actor, Kind, Role, job, payment_link, portal_contact
from arbill_app.kernel.db.transactions import Owned, Record
from arbill_app.tables import metadata

# Tries of people who are nobody yet, when sweeps ran, portal logins, and who signs in: a person may have a place in the
# teams of several partners.
NOBODYS = {
    "key_check",
    "try_count",
    "known_device",
    "sweep_run",
    "worker",
    "portal_login",
    "portal_code",
    "portal_session",
    "person",
    "one_time_link",
    "recovery_code",
    "email_change",
    "passkey",
    "passkey_challenge",
}
ACROSS = {"partner", *NOBODYS}
SEEN_BY_BOTH = {"partner", "logo", "legal_entity", "invoice", "invoice_line", "allocation", "payment_method"} | {
    "line_tax",
    *("payment_setup", "payment_attempt", "attempt_part", "payment"),
}
SEEN_BY_CUSTOMERS = SEEN_BY_BOTH | {
    *("customer", "shipping_address", "contact", "customer_group", "credit_note", "credit_line"),
    *("attachment", "attachment_content", "auto_pay_change", "refund", "dispute", "ledger_entry"),
}
STAFF = Actor("par_1", Kind.STAFF, "stf_1", "Nora", Role.OWNER)
CONTACT = portal_contact("par_1", "cus_1", "con_1", "Ada")
LINK = payment_link("par_1", "cus_1", "inv_1")


def models(base=Record):
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from models(model)


MODELS = {model.__tablename__: model for model in models()}


def sql(condition) -> str:
    return str(condition.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def sees_nothing(condition) -> bool:
    return sql(condition) == sql(and_(false(), false()))


def test_every_table_is_a_record():
    assert set(MODELS) == set(metadata.tables)


@pytest.mark.parametrize("name", sorted(set(MODELS) - ACROSS))
def test_every_row_belongs_to_a_partner(name):
    column = metadata.tables[name].c.partner_id
    assert not column.nullable
    assert [key.target_fullname for key in column.foreign_keys] == ["partner.id"]
    assert issubclass(MODELS[name], Owned)
    assert sql(MODELS[name].owned_by(STAFF)) == f"{name}.partner_id = 'par_1'"


@pytest.mark.parametrize("actor", [STAFF, CONTACT, LINK], ids=["staff", "portal", "link"])
def test_a_partner_is_seen_by_its_own_people_only(actor):
    """Pages and papers name it."""
    assert sql(MODELS["partner"].owned_by(actor)) == "partner.id = 'par_1'"
    assert not [name for name in NOBODYS if hasattr(MODELS[name], "owned_by")]


@pytest.mark.parametrize("name", sorted(set(MODELS) - NOBODYS))
def test_no_table_is_seen_in_the_portal_or_by_a_link_unless_it_says_so(name):
    """Which rows of the others are seen is tested in test_narrowing.py."""
    assert sees_nothing(MODELS[name].owned_by(CONTACT)) == (name not in SEEN_BY_CUSTOMERS)
    assert sees_nothing(MODELS[name].owned_by(LINK)) == (name not in SEEN_BY_BOTH)


@pytest.mark.parametrize("name", sorted(set(MODELS) - ACROSS))
def test_a_job_a_key_and_a_verb_behind_a_gate_see_their_partners_rows(name):
    key = Actor("par_1", Kind.KEY, "key_1", "Sync")
    for actor in (job("par_1"), key, CONTACT.for_partner(), LINK.for_partner()):
        assert sql(MODELS[name].owned_by(actor)) == f"{name}.partner_id = 'par_1'"


def test_a_kind_of_actor_that_does_not_exist_cannot_be_made():
    with pytest.raises(ValueError, match="contact"):
        Actor("par_1", "contact", "con_1", "Ada")


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
    "line_tax": {"base", "amount"},
    "allocation": {"amount"},
    "payment": {"amount", "refunded", "disputed", "unapplied"},
    "sandbox_charge": {"refunded"},
}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_money_is_a_whole_number_wide_enough(name):
    wide = {column.name for column in metadata.tables[name].c if isinstance(column.type, BigInteger)}
    named = {c.name for c in metadata.tables[name].c if c.name.endswith(("_minor", "_amount", "amount", "balance"))}
    wide -= {"number", "sign_count"}  # FTS5's row id, and what an authenticator counts, are no money
    assert MONEY.get(name, set()) | named == wide
    assert not any(metadata.tables[name].c[column].nullable for column in wide)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_text_has_a_limit(name):
    endless = [
        c.name for c in metadata.tables[name].c if c.type.python_type is str and getattr(c.type, "length", 1) is None
    ]
    assert endless == (["found_by"] if name.endswith("_search") else [])
