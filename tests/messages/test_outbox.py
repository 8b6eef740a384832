import pytest

from arbill_app.customers import people
from arbill_app.kernel.actor import job
from arbill_app.kernel.db import read, write
from arbill_app.kernel.effects import Effect
from arbill_app.messages.queries import outbox
from arbill_app.messages.sender import sweep
from arbill_app.partners import service as partners
from arbill_app.partners.models import Staff
from tests.world import contacts, letters_to


def welcome(two):
    ada = contacts(two.nora, two.ada)[0]
    write(two.nora, people.resend_welcome, ada.id)
    return ada


def test_a_letter_waits_in_the_outbox_and_is_sent_by_the_next_sweep(two):
    ada = welcome(two)
    letter = letters_to(ada.email)[0]
    assert (letter.name, letter.state) == ("Ada Quill", "Waiting")
    assert letter.subject == "Northwind has set up an account for Ada Interiors"
    assert (letter.action_label, letter.action_url) == ("Open the portal", "http://localhost:3000/portal")
    assert sweep() > 0
    assert letters_to(ada.email)[0].state == "Sent"
    assert sweep() == 0


def test_without_a_mail_server_a_key_stays_readable_in_the_outbox(two):
    write(job(two.nora.partner_id), partners.ask_reset, two.nora.id)
    sweep()
    letter = letters_to("nora@northwind.example")[0]
    assert "token=" in letter.action_url
    assert letter.lines


def test_the_outbox_shows_the_newest_first_and_only_so_many(two):
    for _ in range(3):
        welcome(two)
    rows = outbox(2)
    assert len(rows) == 2
    assert rows[0].id > rows[1].id


def test_a_sweep_leaves_what_is_no_email(two):
    write(two.nora, lambda tx: tx.later("charge", "inv_1", {}))
    sweep()
    rows = read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge")))
    assert [row.state for row in rows] == ["due"]


def test_what_is_rolled_back_is_never_sent(two):
    def verb(tx):
        partners.ask_reset(tx, tx.first(tx.own(Staff)).id)
        raise ZeroDivisionError

    before = len(outbox())
    with pytest.raises(ZeroDivisionError):
        write(two.nora, verb)
    assert len(outbox()) == before
