"""Nothing that opens something can be read off the database: a full dump of a used world is searched for all of it."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from alembic import command

from arbill_app.customers.portal_auth.sign_in import send_code
from arbill_app.invoices.emails import payment_link
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.payment_links import linked
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.columns import SEALED
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.encryption import values
from arbill_app.kernel.encryption.key_check import check_key
from arbill_app.kernel.encryption.key_rotation import reencrypt
from arbill_app.kernel.encryption.values import WrongKey
from arbill_app.kernel.message import Message, StaffMessage, blanked, opened
from arbill_app.kernel.settings import settings
from arbill_app.messages.jobs import deliver_due
from arbill_app.migrate import upgrade
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import account
from arbill_app.partners.auth.secrets import recovery_digest
from arbill_app.partners.auth.sign_in import give_code, sign_in
from arbill_app.payments.charging.one_off import keep_for_once, pay_once
from arbill_app.payments.gateway.protocol import GatewayRefusal
from arbill_app.payments.gateway.sandbox.addresses import action_address, id_in, setup_address
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.models import SandboxBank, SandboxSetup
from arbill_app.payments.gateway.sandbox.page import enter
from arbill_app.payments.methods.methods import note_setup
from arbill_app.payments.models import Attempt
from arbill_app.tables import metadata
from tests import world
from tests.kernel.test_migrations import config
from tests.payments import till
from tests.world import PASSWORD, card, make_invoice, make_method, person_of, signed_in, token_to

NEW = "n" * 40


def dump(url: str) -> str:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(sa.make_url(url).database))) as connection:
            return "\n".join(connection.iterdump())
    with transactions.engine().connect() as connection:
        tables = connection.execute(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        rows = (row for name in tables for row in connection.exec_driver_sql(f'SELECT to_json(t) FROM "{name}" t'))
        return "\n".join(json.dumps(row[0]) for row in rows)


def given_out(two) -> dict[str, str]:
    """Every kind of secret that somebody was handed, by its name."""
    nora = signed_in("nora@northwind.example")
    totp = write(nora, account.begin_two_factor)
    codes = write(nora, account.confirm_two_factor, pyotp.TOTP(totp).now(), PASSWORD)
    write(two.nora, partners.invite_staff, {"name": "Ida Moss", "email": "ida@northwind.example"}, Role.MEMBER)
    write(two.nora, account.ask_reset, two.adam.id)
    send_code("ada@adainteriors.example")
    make_method(two.nora, two.ada)
    invoice = make_invoice(two.nora, two.ada, option="link")
    pages = visited_pages(two, invoice)
    deliver_due()
    return {
        "totp": totp,
        **{f"recovery code {n}": code for n, code in enumerate(codes)},
        "invitation": token_to("ida@northwind.example"),
        "reset": token_to("adam@northwind.example"),
        "portal code": portal_code(two),
        "payment link": read(two.nora, lambda tx: tx.get(Invoice, invoice)).link_token,
        "sandbox": read(two.nora, lambda tx: tx.first(tx.own(SandboxBank))).secret,
        **pages,
    }


def visited_pages(two, invoice_id) -> dict[str, str]:
    """A payment link led to the gateway's page, where a card was typed; it was charged, and its bank asks."""
    link = payment_link(read(two.nora, lambda tx: tx.get(Invoice, invoice_id)))
    gateway = Sandbox(two.nora.partner_id)
    begun = gateway.begin_setup("sandbox_link", ("card",), f"{link}/method?key=k", "setup of the link")
    setup = write(two.nora, note_setup, two.ada, begun.token, default=False, source="link")
    enter(begun.token, "card", card(till.ACTION))
    found = gateway.finish_setup(begun.token)
    method = write(two.nora, keep_for_once, setup.id, "sandbox", found.customer, found)
    attempt = write(two.nora, pay_once, method.id, [(invoice_id, 5000)], key="k", by_name="Payment link of INV-1")
    till.work()
    charge_id = read(two.nora, lambda tx: tx.get(Attempt, attempt.id)).charge_id
    waits = gateway.begin_action(charge_id, f"{link}/payments/{attempt.id}?back=1")
    assert waits.status == "requires_action"
    return {"page of a card": last(begun.url), "page of an approval": last(waits.action_url)}


def last(address: str) -> str:
    return address.rpartition("/")[2]


def portal_code(two) -> str:
    rows = read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "email")))
    return str(
        next(row for row in map(opened, (row.payload for row in rows)) if row.get("kind") == "code")["values"]["code"]
    )


def test_no_secret_stands_in_a_dump(two, database):
    handed = given_out(two)
    everything = dump(database)
    assert "Northwind" in everything
    # Six digits may be part of a moment or an id, so that one is looked for as a value.
    assert [name for name, secret in handed.items() if name != "portal code" and secret in everything] == []
    assert f'"{handed["portal code"]}"' not in everything.replace('\\"', '"')
    codes = [secret for name, secret in handed.items() if "recovery" in name]
    assert not [code for code in codes if recovery_digest(code) in everything]


def test_the_pages_of_the_sandbox_open_by_their_address_and_not_by_an_id_of_the_database(two):
    visited_pages(two, make_invoice(two.nora, two.ada, option="link"))
    setup = read(two.nora, lambda tx: tx.first(tx.own(SandboxSetup)))
    assert id_in(setup_address(setup.id)) == setup.id
    assert "/pay/" in setup.return_url
    for guess in (setup.id, f"{setup.id}.x", action_address(setup.id) + "x", "", setup_address("sbs_x")[:-1]):
        with pytest.raises(GatewayRefusal):
            id_in(guess)


def test_no_column_is_named_like_a_secret_without_being_one_that_is_kept_safely():
    """A new column with such a name is encrypted or hashed, or gets its reason here."""
    suspicious = re.compile("(^|_)(token|secret|password|url|link|code|hash|sealed|totp|otp|pin)(_|$)")
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if suspicious.search(column.name) and SEALED not in column.info and not column.name.endswith("_hash")
    }
    assert found - set(NO_DOORS) == set()


NO_DOORS = {
    **dict.fromkeys(("customer.postal_code", "shipping_address.postal_code", "legal_entity.postal_code"), "a place"),
    "person.totp_since": "when",
    "person.totp_last_step": "which thirty seconds were used last",
    "payment_attempt.decline_code": "why a bank declined",
    "sandbox_charge.decline_code": "the same",
    "payment_method.token": "the gateway's id of a card: of use with the gateway's secret key only",
    "payment_setup.token": "the gateway's id of its page: the address holds more, see sandbox/addresses.py",
}


def test_what_is_encrypted_still_opens(two):
    handed = given_out(two)
    assert linked(handed["payment link"]).partner == "Northwind"
    half = sign_in("nora@northwind.example", PASSWORD)
    assert half.needs_code
    assert give_code(half.secret, handed["recovery code 3"])


def test_what_was_stored_before_is_encrypted_by_the_migration(database):
    """Down to the version before and up again: links, factors and letters say the same."""
    two = world.build()
    handed = given_out(two)
    command.downgrade(config(database), "0007")
    plain = dump(database)
    assert [
        name for name in ("totp", "payment link", "invitation", "reset", "sandbox") if handed[name] not in plain
    ] == []
    upgrade(database)
    everything = dump(database)
    if database.startswith("sqlite"):  # free pages of the file too
        file = Path(str(sa.make_url(database).database))
        everything += b"".join(part.read_bytes() for part in file.parent.glob("arbill.db*")).decode("latin-1")
    assert [name for name, secret in handed.items() if name != "portal code" and secret in everything] == []
    assert person_of(two.nora).totp_secret == handed["totp"]
    assert token_to("ida@northwind.example") == handed["invitation"]
    assert linked(handed["payment link"]).partner == "Northwind"
    assert portal_code(two) == handed["portal code"]


# ---------------------------------------------------------------- the key belongs to the database


def test_another_key_is_refused_before_anything_starts(two, monkeypatch):
    check_key()
    check_key()
    monkeypatch.setenv("ARBILL_SECRET_KEY", NEW)
    settings.cache_clear()
    with pytest.raises(WrongKey, match="ARBILL_SECRET_KEY"):
        check_key()


def test_a_lost_key_file_is_not_replaced_by_a_new_one(database, monkeypatch):
    monkeypatch.delenv("ARBILL_SECRET_KEY")
    settings.cache_clear()
    check_key()
    values.key_file().unlink()
    with pytest.raises(WrongKey, match=r"secret\.key"):
        check_key()
    assert not values.key_file().exists()


def test_after_a_rotation_the_old_key_is_not_needed(two, monkeypatch):
    handed = given_out(two)
    check_key()
    old = values.keys()[0]
    monkeypatch.setenv("ARBILL_SECRET_KEY", f"{NEW},{old}")
    settings.cache_clear()
    renewed = reencrypt()
    assert renewed["person"] == 1
    assert renewed["recovery_code"] == 10
    assert renewed["invoice"] == 1
    assert renewed["effect"] >= 4
    monkeypatch.setenv("ARBILL_SECRET_KEY", NEW)
    settings.cache_clear()
    check_key()
    assert person_of(two.nora).totp_secret == handed["totp"]
    assert token_to("ida@northwind.example") == handed["invitation"]
    assert linked(handed["payment link"]).partner == "Northwind"


def test_a_rotation_without_the_old_key_changes_nothing(two, monkeypatch, database):
    given_out(two)
    check_key()
    before = dump(database)
    monkeypatch.setenv("ARBILL_SECRET_KEY", NEW)
    settings.cache_clear()
    with pytest.raises(WrongKey):
        reencrypt()
    assert dump(database) == before


# ---------------------------------------------------------------- letters


def test_what_is_sealed_of_a_letter_comes_back():
    code = Message("code", [("Ada", "ada@x.example")], "en", {"code": "471147", "minutes": "10"}, secret=True)
    link = Message("invoice", [("Ada", "ada@x.example")], "en", {"number": "INV-1"}, link="https://x.example/pay/abc")
    invite = StaffMessage(
        "ida@x.example", "Ida", "Join", ["Once."], ("Join", "https://x.example/join?token=abc"), secret=True
    )
    for letter, secret in ((code, "471147"), (link, "/pay/abc"), (invite, "token=abc")):
        stored = json.loads(json.dumps(letter.payload()))
        assert secret not in str(stored)
        assert json.dumps(opened(stored)) == json.dumps(asdict(letter))
        assert secret not in str(opened(blanked(stored)))
    assert code.payload()["values"]["minutes"] == "10"


def test_a_letter_without_a_secret_stays_readable():
    plain = StaffMessage(
        "ida@x.example", "Ida", "Your password was changed", ["It was."], ("Reset", "https://x.example/forgot")
    )
    assert plain.payload() == asdict(plain)
