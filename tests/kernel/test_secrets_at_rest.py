"""Nothing that opens something can be read off the database: a full dump of a used world is searched for all of it."""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from alembic import command

from arbill_app.customers.portal_sign_in import send_code
from arbill_app.invoices.linked import linked
from arbill_app.invoices.models import Invoice
from arbill_app.kernel import db, encryption
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db import read, write
from arbill_app.kernel.effects import Effect
from arbill_app.kernel.encryption import WrongKey
from arbill_app.kernel.key_check import check_key
from arbill_app.kernel.key_rotation import reencrypt
from arbill_app.kernel.letter import Letter, Message, blanked, opened
from arbill_app.kernel.settings import settings
from arbill_app.messages.jobs import sweep
from arbill_app.migrate import upgrade
from arbill_app.partners import account
from arbill_app.partners import service as partners
from arbill_app.partners.secrets import recovery_digest
from arbill_app.partners.sign_in import give_code, sign_in
from arbill_app.payments.gateway.sandbox_models import SandboxBank
from tests import world
from tests.kernel.test_migrations import config
from tests.world import PASSWORD, make_invoice, make_method, person_of, signed_in, token_to

NEW = "n" * 40


def dump(url: str) -> str:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(sa.make_url(url).database))) as connection:
            return "\n".join(connection.iterdump())
    with db.engine().connect() as connection:
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
    sweep()
    return {
        "totp": totp,
        **{f"recovery code {n}": code for n, code in enumerate(codes)},
        "invitation": token_to("ida@northwind.example"),
        "reset": token_to("adam@northwind.example"),
        "portal code": portal_code(two),
        "payment link": read(two.nora, lambda tx: tx.get(Invoice, invoice)).link_token,
        "sandbox": read(two.nora, lambda tx: tx.first(tx.own(SandboxBank))).secret,
    }


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
    encryption.key_file().unlink()
    with pytest.raises(WrongKey, match=r"secret\.key"):
        check_key()
    assert not encryption.key_file().exists()


def test_after_a_rotation_the_old_key_is_not_needed(two, monkeypatch):
    handed = given_out(two)
    check_key()
    old = encryption.keys()[0]
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
    invite = Letter(
        "ida@x.example", "Ida", "Join", ["Once."], ("Join", "https://x.example/join?token=abc"), secret=True
    )
    for letter, secret in ((code, "471147"), (link, "/pay/abc"), (invite, "token=abc")):
        stored = json.loads(json.dumps(letter.payload()))
        assert secret not in str(stored)
        assert json.dumps(opened(stored)) == json.dumps(asdict(letter))
        assert secret not in str(opened(blanked(stored)))
    assert code.payload()["values"]["minutes"] == "10"


def test_a_letter_without_a_secret_stays_readable():
    plain = Letter(
        "ida@x.example", "Ida", "Your password was changed", ["It was."], ("Reset", "https://x.example/forgot")
    )
    assert plain.payload() == asdict(plain)
