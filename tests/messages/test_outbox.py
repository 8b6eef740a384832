import pytest

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands.bulk import group_many
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import NotFound
from arbill_app.kernel.message import Message
from arbill_app.messages import attachments
from arbill_app.messages.jobs import deliver_due
from arbill_app.messages.views import outbox, outbox_attachment
from arbill_app.partners.auth import account
from arbill_app.partners.models import Staff
from tests.world import contacts, letters_to, make_customer, make_group


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
    assert deliver_due() > 0
    assert letters_to(ada.email)[0].state == "Sent"
    assert deliver_due() == 0


def test_without_a_mail_server_a_key_stays_readable_in_the_outbox(two):
    write(job(two.nora.partner_id), account.ask_reset, two.nora.id)
    deliver_due()
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
    deliver_due()
    rows = read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge")))
    assert [row.state for row in rows] == ["due"]


def test_what_is_rolled_back_is_never_sent(two):
    def verb(tx):
        account.ask_reset(tx, tx.first(tx.own(Staff)).id)
        raise ZeroDivisionError

    before = len(outbox())
    with pytest.raises(ZeroDivisionError):
        write(two.nora, verb)
    assert len(outbox()) == before


# ---------------------------------------------------------------- messages to customers


def invoice(two, **changes):
    """Written down for Ada and Ben; the id of its effect."""
    people = [("Ada Quill", "ada@x.example"), ("Ben Ochre", "ben@x.example")]
    values = {"customer": "Ada Interiors", "number": "INV-0042", "total": "$5.00", "due_date": "Dec 1, 2026"}
    given = {"kind": "invoice", "to": people, "language": "en", "values": values, "link": "https://pay.example/x"}
    message = Message(**(given | changes))
    return write(two.nora, lambda tx: tx.later("email", "issue:inv_1", message.payload(), about="inv_1").id)


def test_a_message_to_several_people_is_one_row_in_the_customers_language(two):
    invoice(two, language="fr", cc=["books@x.example"])
    (row,) = letters_to("ben@x.example")
    assert row == letters_to("ada@x.example")[0]
    assert row.people == "Ada Quill <ada@x.example>, Ben Ochre <ben@x.example>"
    assert (row.cc, row.subject) == ("books@x.example", "Facture INV-0042 de Northwind")
    assert row.lines[0] == "Bonjour,"
    assert (row.action_label, row.action_url) == ("Consulter et payer", "https://pay.example/x")


def test_a_message_in_a_language_we_do_not_speak_says_so(two):
    invoice(two, language="it")
    assert letters_to("ada@x.example")[0].warnings == ["There is no Italiano wording yet: this message is in English."]


def test_what_goes_along_is_named_and_can_be_fetched(two, monkeypatch):
    monkeypatch.setitem(
        attachments.PRODUCERS, "inv", lambda tx, id: (f"{id}.pdf", "application/pdf", tx.actor.partner_id)
    )
    monkeypatch.setitem(attachments.PRODUCERS, "att", lambda tx, id: ("plan.png", "image/png", b"1"))
    id = invoice(two, attach=["inv_1", "att_7"])
    assert letters_to("ada@x.example")[0].attached == [(0, "INV-0042.pdf"), (1, "Attachment")]
    assert outbox_attachment(id, 0) == ("inv_1.pdf", "application/pdf", two.nora.partner_id)
    assert outbox_attachment(id, 1)[0] == "plan.png"


@pytest.mark.parametrize("number", [-1, 2, 99])
def test_there_is_no_attachment_beyond_the_last(two, number):
    id = invoice(two, attach=["inv_1", "inv_2"])
    with pytest.raises(NotFound):
        outbox_attachment(id, number)


def test_a_letter_has_no_attachments_and_an_unknown_message_none_either(two):
    welcome(two)
    for id in (outbox(1)[0].id, "eff_nothing", ""):
        with pytest.raises(NotFound):
            outbox_attachment(id, 0)


@pytest.mark.parametrize(
    ("state", "said"),
    [("cancelled", "Cancelled"), ("unknown", "Not known"), ("review", "Needs a look"), ("running", "Sending")],
)
def test_every_state_has_a_name(two, state, said):
    id = invoice(two)
    write(two.nora, lambda tx: setattr(tx.get(Effect, id), "state", state))
    assert letters_to("ada@x.example")[0].state == said


def test_a_welcome_speaks_the_language_of_the_customer_its_group_or_the_partner(two):
    def subject(**changes):
        customer = make_customer(two.nora, "Beta", **changes)
        contact = contacts(two.nora, customer)[0]
        if group:
            write(two.nora, group_many, [customer], group)
        write(two.nora, people.resend_welcome, contact.id)
        return letters_to(contact.email)[0].subject

    group = ""
    assert subject() == "Northwind has set up an account for Beta"
    assert subject(language="es") == "Northwind creó una cuenta para Beta"
    group = make_group(two.nora, "Québec", language="fr")
    assert subject() == "Northwind a créé un compte pour Beta"
    assert subject(language="es") == "Northwind creó una cuenta para Beta"
