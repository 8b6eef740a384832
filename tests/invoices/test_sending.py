"""Sending an invoice: to whom, once, and taken back while it has not left."""

from datetime import timedelta

import pytest
import time_machine

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.models import Contact, Customer
from arbill_app.invoices.commands import issuing
from arbill_app.invoices.commands.attachments import attach
from arbill_app.invoices.commands.sending import (
    MOST_CC,
    UNDO,
    billing_contacts,
    message_of,
    send_invoice,
    send_many,
    take_back,
    times_sent,
)
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel import clock
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.kernel.jobs import effects
from arbill_app.kernel.lanes import Lane
from arbill_app.kernel.message import opened
from tests.together import together
from tests.world import contacts, make_contact, make_customer, make_draft_invoice, make_invoice, user


@pytest.fixture
def sold(two):
    return make_invoice(two.nora, two.ada, "1180", memo="December", po_number="PO-7")


def send(by, invoice_id, to=None, **more):
    people = to or [contact.id for contact in read(by, lambda tx: billing_contacts(tx, customer_of(tx, invoice_id)))]
    return write(by, send_invoice, invoice_id, people, **more)


def customer_of(tx, invoice_id):
    return tx.get(Invoice, invoice_id).customer_id


def mails(by, invoice_id):
    wanted = Effect.about == invoice_id
    return read(by, lambda tx: tx.all(tx.own(Effect).where(wanted, Effect.kind == "email").order_by(Effect.id)))


def begun():
    """What a worker would send at this moment."""
    return [effect.id for effect in effects.begin("email", 50)]


def change(by, model, id, **values):
    write(by, lambda tx: [setattr(tx.get(model, id), name, value) for name, value in values.items()])


def sent_at(by, invoice_id):
    return read(by, lambda tx: tx.get(Invoice, invoice_id).sent_at)


# ---------------------------------------------------------------- to whom


def test_the_billing_contacts_are_chosen_the_primary_one_first(two):
    names = ("Ben Early", "Cy Silent", "Di Late")
    early, silent, late = (make_contact(two.nora, two.ada, name, mail_billing=name[0] != "C") for name in names)
    write(two.nora, people.make_primary, late)
    first = contacts(two.nora, two.ada)[1].id
    chosen = [contact.id for contact in read(two.nora, billing_contacts, two.ada)]
    assert chosen == [late, first, early]
    assert silent not in chosen


def test_one_message_goes_to_all_of_them(two, sold):
    make_contact(two.nora, two.ada, "Ben Ochre", email="ben@adainteriors.example")
    effect = send(two.nora, sold)
    assert [name for name, _ in effect.payload["to"]] == ["Ada Quill", "Ben Ochre"]
    assert len(mails(two.nora, sold)) == 1


def test_who_is_chosen_gets_it_whether_they_get_billing_emails_or_not(two, sold):
    silent = make_contact(two.nora, two.ada, "Cy Silent", mail_billing=False)
    assert [name for name, _ in send(two.nora, sold, [silent]).payload["to"]] == ["Cy Silent"]


def test_somebody_of_this_customer_must_be_chosen(two, sold):
    theirs, colleague = contacts(two.sol, two.clara)[0].id, contacts(two.nora, two.bruno)[0].id
    for chosen in ([], ["con_nobody"], ["\0"], ["\ud800"], [theirs], [colleague]):
        with pytest.raises(Invalid) as refusal:
            write(two.nora, send_invoice, sold, chosen)
        assert refusal.value.errors == {"to": "Choose at least one recipient."}


def test_copies_go_to_addresses(two, sold):
    copies = [" boss@people.example ", "", "boss@people.example", "Books@People.Example"]
    assert send(two.nora, sold, cc=copies).payload["cc"] == ["boss@people.example", "Books@People.Example"]


def test_what_is_no_address_is_named(two, sold):
    for wrong in ("boss", "boss@", "a@b@c.example", "boss@people.example\nBcc: x@y.example", "x" * 9999):
        with pytest.raises(Invalid) as refusal:
            send(two.nora, sold, cc=["good@people.example", wrong])
        assert refusal.value.errors["cc"].endswith(" is not an email address.")
        assert len(refusal.value.errors["cc"]) < 120
    assert mails(two.nora, sold) == []


def test_copies_are_few(two, sold):
    addresses = [f"a{i}@people.example" for i in range(MOST_CC + 1)]
    with pytest.raises(Invalid, match=f"At most {MOST_CC}"):
        send(two.nora, sold, cc=addresses)
    assert len(send(two.nora, sold, cc=addresses[1:]).payload["cc"]) == MOST_CC


# ---------------------------------------------------------------- what it says


def test_a_message_says_what_is_owed(two, sold):
    payload = opened(send(two.nora, sold).payload)
    invoice = read(two.nora, lambda tx: tx.get(Invoice, sold))
    assert (payload["kind"], payload["language"], payload["thread"]) == ("invoice", "en", sold)
    assert payload["link"].endswith(f"/pay/{invoice.link_token}")
    values = payload["values"]
    assert (values["number"], values["total"], values["balance"]) == ("INV-0001", "$1,180.00", "$1,180.00")
    assert (values["customer"], values["partner"], values["memo"]) == ("Ada Interiors", "Northwind", "December")
    assert values["po_number"] == "PO-7"


def test_a_message_is_written_in_the_customers_language(two):
    change(two.nora, Customer, two.ada, language="fr")
    payload = send(two.nora, make_invoice(two.nora, two.ada, "1180", due_on="2031-03-05")).payload
    assert payload["language"] == "fr"
    assert payload["values"]["total"] == "1\N{NO-BREAK SPACE}180,00\N{NO-BREAK SPACE}$\N{NO-BREAK SPACE}US"
    assert payload["values"]["due_date"] == "5 mars 2031"


def test_a_single_reader_is_greeted_by_name_and_several_are_not(two, sold):
    assert send(two.nora, sold).payload["values"]["name"] == "Ada"
    make_contact(two.nora, two.ada, "Ben Ochre")
    assert send(two.nora, sold).payload["values"]["name"] == ""


def test_the_paper_and_its_files_go_along(two, sold):
    files = [write(two.nora, attach, sold, name, b"text").id for name in ("a.txt", "b.txt")]
    assert send(two.nora, sold).payload["attach"] == [sold, *files]


def test_a_message_can_be_looked_at_before(two, sold):
    ada = contacts(two.nora, two.ada)[0].id
    assert read(two.nora, message_of, sold, [ada]).values["name"] == "Ada"
    assert read(two.nora, message_of, sold, []).values["name"] == ""
    assert mails(two.nora, sold) == []


# ---------------------------------------------------------------- once


def test_a_second_click_sends_nothing_more(two, sold):
    first, second = (send(two.nora, sold, nth=0) for _ in range(2))
    assert first.id == second.id
    ends = together(*[lambda: send(two.nora, sold, nth=1).id] * 4)
    assert len(set(ends)) == 1
    assert read(two.nora, times_sent, sold) == 2


def test_sending_again_is_possible(two, sold):
    for nth in range(3):
        assert read(two.nora, invoice_view, sold).times_sent == nth
        send(two.nora, sold, nth=nth)
    assert len({mail.key for mail in mails(two.nora, sold)}) == 3


def test_after_an_undo_it_can_be_sent(two, sold):
    write(two.nora, take_back, send(two.nora, sold, nth=0).id)
    again = send(two.nora, sold, nth=read(two.nora, invoice_view, sold).times_sent)
    assert again.state == "due"
    assert [mail.state for mail in mails(two.nora, sold)] == ["cancelled", "due"]


def test_many_are_sent_to_their_billing_contacts(two, sold):
    draft, voided = make_draft_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    write(two.nora, issuing.void_invoice, voided)
    silent = make_customer(two.nora, "Silent", [user(mail_billing=False)])
    nobody, bruno = make_invoice(two.nora, silent), make_invoice(two.nora, two.bruno)
    theirs = make_invoice(two.sol, two.clara)
    wanted = [sold, bruno, bruno, draft, voided, nobody, theirs, "inv_nobody", "\0"]
    assert write(two.nora, send_many, wanted) == (2, 6)
    # Clicked twice: they are on their way.
    assert write(two.nora, send_many, [sold, bruno]) == (2, 0)
    assert [len(mails(two.nora, id)) for id in wanted[:6]] == [1, 1, 1, 0, 0, 0]
    assert mails(two.sol, theirs) == []


# ---------------------------------------------------------------- taken back


def test_a_message_waits_for_half_a_minute(two, sold):
    effect = send(two.nora, sold)
    assert timedelta(seconds=25) < effect.due_at - clock.now() <= UNDO == timedelta(seconds=30)
    assert effect.id not in begun()
    with time_machine.travel(clock.now() + UNDO):
        assert effect.id in begun()


def test_it_is_taken_back_while_it_has_not_left(two, sold):
    effect = send(two.nora, sold)
    assert sent_at(two.nora, sold)
    assert read(two.nora, invoice_view, sold).mails[0].undoable
    write(two.nora, take_back, effect.id)
    assert sent_at(two.nora, sold) is None
    with time_machine.travel(clock.now() + UNDO):
        assert effect.id not in begun()
    assert read(two.nora, invoice_view, sold).mails[0].state_label == "Taken back"


def test_it_is_not_taken_back_once_it_has_begun(two, sold):
    effect = send(two.nora, sold)
    with time_machine.travel(clock.now() + UNDO):
        assert effect.id in begun()
        with pytest.raises(Conflict, match="on its way already"):
            write(two.nora, take_back, effect.id)
    assert not read(two.nora, invoice_view, sold).mails[0].undoable


def test_taking_back_twice_says_so_once(two, sold):
    effect = send(two.nora, sold)
    together(*[lambda: write(two.nora, take_back, effect.id)] * 3)
    events = [event.what for event in read(two.nora, invoice_view, sold).events]
    assert events.count("Sending undone") == 1


def test_an_earlier_message_is_remembered(two, sold):
    send(two.nora, sold)
    first = sent_at(two.nora, sold)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        write(two.nora, take_back, send(two.nora, sold).id)
    assert sent_at(two.nora, sold) == first


def test_only_an_invoices_own_message_is_taken_back(two, sold):
    theirs = write(two.sol, send_invoice, make_invoice(two.sol, two.clara), [contacts(two.sol, two.clara)[0].id])
    write(two.nora, people.resend_welcome, contacts(two.nora, two.ada)[0].id)
    letter = read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.state == "due").order_by(Effect.id)))[-1]
    for effect_id in (theirs.id, letter.id, "eff_nobody", "\0"):
        with pytest.raises(NotFound):
            write(two.nora, take_back, effect_id)
    assert read(two.nora, lambda tx: tx.get(Effect, letter.id).state) == "due"


def test_voiding_takes_back_what_has_not_left(two, sold):
    send(two.nora, sold)
    write(two.nora, issuing.void_invoice, sold)
    assert [mail.state for mail in mails(two.nora, sold)] == ["cancelled"]


# ---------------------------------------------------------------- by itself


def test_the_payment_link_goes_out_when_that_is_the_option(two):
    linked = make_invoice(two.nora, two.ada, option="link")
    (mail,) = mails(two.nora, linked)
    assert (mail.payload["kind"], mail.payload["thread"]) == ("payment_link", linked)
    assert mail.due_at <= clock.now()
    assert sent_at(two.nora, linked)


def test_a_customer_whose_flow_is_automatic_is_sent_its_invoices(two):
    change(two.nora, Customer, two.ada, flow="automatic")
    (mail,) = mails(two.nora, make_invoice(two.nora, two.ada))
    assert mail.payload["kind"] == "invoice"


def test_nothing_goes_out_by_itself_else(two, sold):
    assert mails(two.nora, sold) == []
    assert sent_at(two.nora, sold) is None
    change(two.nora, Customer, two.ada, flow="automatic")
    assert mails(two.nora, make_draft_invoice(two.nora, two.ada, option="link")) == []


def test_that_there_was_nobody_to_send_it_to_is_written_down(two):
    change(two.nora, Contact, contacts(two.nora, two.ada)[0].id, mail_billing=False)
    linked = make_invoice(two.nora, two.ada, option="link")
    view = read(two.nora, invoice_view, linked)
    assert mails(two.nora, linked) == []
    assert "Not sent: No contact gets billing emails." in [event.what for event in view.events]
    assert "Nobody would get it" in [step.title for step in view.next]


def test_issuing_twice_sends_once(two):
    draft = make_draft_invoice(two.nora, two.ada, option="link")
    together(*[lambda: write(two.nora, issuing.issue_invoice, draft)] * 3)
    assert len(mails(two.nora, draft)) == 1


def test_what_is_refused_is_not_sent(two):
    with pytest.raises(Invalid):
        make_invoice(two.nora, two.ada, "0", option="link")
    assert read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.about != ""))) == []


def test_what_somebody_sends_passes_what_goes_to_many_or_by_itself(two, sold):
    assert send(two.nora, sold).lane == Lane.NOW
    other = make_invoice(two.nora, two.ada, "20.00")
    write(two.nora, send_many, [other])
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.bruno), "flow", "automatic"))
    by_itself = make_invoice(two.nora, two.bruno, "30.00")
    assert [mail.lane for id in (other, by_itself) for mail in mails(two.nora, id)] == [Lane.BULK] * 2
