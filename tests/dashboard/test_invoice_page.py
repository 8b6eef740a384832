"""The screen of one invoice, handler by handler."""

from datetime import timedelta

import pytest

from arbill_app.customers.commands import contacts
from arbill_app.dashboard.screens.invoice.correcting import Correcting
from arbill_app.dashboard.screens.invoice.sending import Sending
from arbill_app.dashboard.screens.invoice.showing import InvoicePage
from arbill_app.dashboard.shell.undo import Undoing
from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.invoices.models import CreditNote, Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import effects
from tests import world
from tests.world import make_draft_invoice, make_invoice

CREDIT = {"amount": "40", "reason": "Goodwill"}
WRITING = {
    Sending.begin: {},
    Sending.toggle: {"contact_id": "x"},
    Sending.send: {"form": {"cc": ""}},
    Correcting.ask_void: {},
    Correcting.void: {"form": {"reason": "x"}},
    Correcting.ask_credit: {},
    Correcting.type_amount: {"value": "1"},
    Correcting.toggle: {},
    Correcting.credit: {"form": CREDIT},
    InvoicePage.duplicate: {},
    InvoicePage.attached: {"said": ""},
    InvoicePage.send_credit: {"credit_id": "x"},
    Undoing.undo: {},
    Undoing.take_back: {"effect_id": "x"},
}


@pytest.fixture
def invoice(two):
    return make_invoice(two.nora, two.ada, "100", memo="Garden")


@pytest.fixture
def mia(two, pipeline, invoice):
    """A member, on the invoice's page."""
    return pipeline.tab("mia@northwind.example", path=f"/invoices/{invoice}").do(InvoicePage.load)


def view(two, invoice_id):
    return read(two.nora, invoice_view, invoice_id)


def sent(two, invoice_id):
    """What is on its way or gone: people and copies of each message that was not taken back."""

    def messages(tx):
        rows = tx.all(tx.own(Effect).where(Effect.about == invoice_id, Effect.state != "cancelled").order_by(Effect.id))
        return [([email for _, email in row.payload["to"]], row.payload["cc"]) for row in rows]

    return read(two.nora, messages)


def notes(two):
    return read(two.nora, lambda tx: tx.all(tx.own(CreditNote)))


# ---------------------------------------------------------------- looking


def test_the_page_shows_the_invoice_and_what_may_be_done(two, mia):
    seen = mia.state(InvoicePage).view
    assert (seen.title, seen.company, seen.balance) == ("Invoice INV-0001", "Ada Interiors", "$100.00")
    assert seen.verbs == ["send", "copy_link", "download", "void", "credit", "duplicate"]
    assert not mia.state(InvoicePage).waiting


def test_a_draft_is_gone_on_with_in_the_editor(two, pipeline):
    draft = make_draft_invoice(two.nora, two.ada)
    tab = pipeline.tab("mia@northwind.example", path=f"/invoices/{draft}").do(InvoicePage.load)
    assert tab.went_to == [f"/invoices/new?draft={draft}"]


@pytest.mark.parametrize("wanted", ["inv_unknown", "", "%00", "x" * 500])
def test_what_does_not_exist_is_said(two, pipeline, wanted):
    tab = pipeline.tab("mia@northwind.example", path=f"/invoices/{wanted}").do(InvoicePage.load)
    assert tab.state(InvoicePage).missing


def test_another_partners_invoice_does_not_exist(two, pipeline, invoice):
    tab = pipeline.tab("sol@southgate.example", path=f"/invoices/{invoice}").do(InvoicePage.load)
    assert tab.state(InvoicePage).missing
    assert tab.state(InvoicePage).view.company == ""


# ---------------------------------------------------------------- sending


def test_billing_contacts_are_chosen_and_the_email_is_shown_first(two, mia):
    world.make_contact(two.nora, two.ada, "Ben Ochre", mail_billing=False)
    state = mia.do(InvoicePage.load).do(Sending.begin).state(Sending)
    assert [(one.name, one.id in state.chosen) for one in state.contacts] == [("Ada Quill", True), ("Ben Ochre", False)]
    assert "INV-0001" in state.subject
    assert "Ada" in state.html
    assert (state.open, state.language, state.nobody) == (True, "In English", False)


def test_the_preview_follows_who_is_chosen(two, mia):
    ben = world.make_contact(two.nora, two.ada, "Ben Ochre", mail_billing=False)
    mia.do(InvoicePage.load).do(Sending.begin)
    alone = mia.state(Sending).html
    mia.do(Sending.toggle, contact_id=ben)
    assert mia.state(Sending).html != alone, "several are not called by a first name"
    mia.do(Sending.toggle, contact_id=ben)
    assert mia.state(Sending).html == alone


def test_the_email_is_in_the_customers_language(two, pipeline):
    french = world.make_customer(two.nora, "Clinique Beaulieu", language="fr")
    german = world.make_customer(two.nora, "Haus Linde", language="de")
    for customer, said in ((french, "In French"), (german, "Deutsch is not available: it goes out in English.")):
        path = f"/invoices/{make_invoice(two.nora, customer)}"
        tab = pipeline.tab("mia@northwind.example", path=path).do(InvoicePage.load).do(Sending.begin)
        assert tab.state(Sending).language == said
    assert "Facture" in pipeline_subject(two, pipeline, french)


def pipeline_subject(two, pipeline, customer):
    path = f"/invoices/{make_invoice(two.nora, customer)}"
    tab = pipeline.tab("mia@northwind.example", path=path).do(InvoicePage.load).do(Sending.begin)
    return tab.state(Sending).subject


def test_one_message_goes_to_all_with_copies_and_can_be_undone(two, mia, invoice):
    mia.do(Sending.begin).do(Sending.send, form={"cc": "books@accountant.example; two@accountant.example"})
    assert sent(two, invoice) == [
        (["ada@adainteriors.example"], ["books@accountant.example", "two@accountant.example"])
    ]
    page = mia.state(InvoicePage)
    assert mia.notice == "INV-0001 sent to 3 people"
    assert page.notice_undo == page.view.mails[0].id
    assert (page.waiting, page.view.mails[0].undoable) == (True, True)
    mia.do(Undoing.undo)
    assert mia.notice == "Taken back: nothing of INV-0001 was sent."
    assert (sent(two, invoice), mia.state(InvoicePage).view.mails[0].state_label) == ([], "Taken back")
    assert mia.state(InvoicePage).notice_undo == ""


def test_the_messages_card_takes_back_as_well_and_twice_is_once(two, mia, invoice):
    mia.do(Sending.begin).do(Sending.send, form={"cc": ""})
    mail = mia.state(InvoicePage).view.mails[0].id
    mia.do(Undoing.take_back, effect_id=mail).do(Undoing.take_back, effect_id=mail)
    done = [event.what for event in mia.state(InvoicePage).view.events]
    assert done.count("Sending undone") == 1
    assert sent(two, invoice) == []


def test_what_has_left_cannot_be_taken_back(two, mia, invoice, monkeypatch):
    mia.do(Sending.begin).do(Sending.send, form={"cc": ""})
    now = effects.clock.now() + timedelta(minutes=1)
    with monkeypatch.context() as later:
        later.setattr(effects.clock, "now", lambda: now)
        effects.begin("email", 10)
    mia.do(Undoing.undo)
    assert mia.notice == "It is on its way already."
    assert len(sent(two, invoice)) == 1


def test_a_second_click_sends_nothing_more(two, mia, invoice):
    mia.do(Sending.begin).do(Sending.send, form={"cc": ""}).do(Sending.send, form={"cc": ""})
    assert len(sent(two, invoice)) == 1
    mia.do(Sending.begin).do(Sending.send, form={"cc": ""})
    assert len(sent(two, invoice)) == 2, "opened again, it is a second sending"


def test_two_people_who_send_at_once_send_once(two, mia, invoice):
    other = mia.pipeline.tab("nora@northwind.example", path=f"/invoices/{invoice}").do(InvoicePage.load)
    for tab in (mia, other):
        tab.do(Sending.begin)
    for tab in (mia, other):
        tab.do(Sending.send, form={"cc": ""})
    assert len(sent(two, invoice)) == 1


def test_what_is_wrong_stands_beside_its_field(two, mia, invoice):
    mia.do(Sending.begin).do(Sending.send, form={"cc": "nonsense"})
    state = mia.state(Sending)
    assert (state.open, state.errors, state.focus) == (True, {"cc": "nonsense is not an email address."}, "send-cc")
    mia.do(Sending.toggle, contact_id=state.chosen[0]).do(Sending.send, form={"cc": ""})
    assert mia.state(Sending).errors == {"to": "Choose at least one recipient."}
    assert sent(two, invoice) == []


def test_where_nobody_gets_billing_emails_it_is_said(two, pipeline):
    alone = world.make_customer(two.nora, "Lonely Lamps", [world.user(mail_billing=False)])
    path = f"/invoices/{make_invoice(two.nora, alone)}"
    state = pipeline.tab("mia@northwind.example", path=path).do(InvoicePage.load).do(Sending.begin).state(Sending)
    assert (state.nobody, state.chosen, state.customer_id) == (True, [], alone)


def test_contacts_of_others_cannot_be_chosen(two, mia, invoice):
    bruno = read(two.nora, contacts.contacts_of, two.bruno)[0].id
    mia.do(Sending.begin).do(Sending.toggle, contact_id=bruno).do(Sending.send, form={"cc": ""})
    assert sent(two, invoice) == [(["ada@adainteriors.example"], [])]


def test_what_became_void_meanwhile_is_not_sent(two, mia, invoice):
    mia.do(Sending.begin)
    write(two.nora, void_invoice, invoice)
    mia.do(Sending.send, form={"cc": ""})
    assert (sent(two, invoice), mia.notice) == ([], "This invoice is void.")


# ---------------------------------------------------------------- correcting


def test_voiding_keeps_the_number_and_the_reason(two, mia, invoice):
    mia.do(Correcting.ask_void).do(Correcting.void, form={"reason": "Wrong customer"})
    seen = mia.state(InvoicePage).view
    assert (seen.status, seen.number, seen.balance) == ("voided", "INV-0001", "$0.00")
    assert seen.next[0].why == "Wrong customer"
    assert seen.verbs == ["download", "duplicate"]
    assert mia.notice == "INV-0001 is void. Its number stays used."


def test_nothing_is_voided_that_nobody_was_asked_about(two, mia, invoice):
    mia.do(Correcting.void, form={"reason": ""})
    assert view(two, invoice).status == "open"


def test_a_credit_says_first_what_it_does(two, mia):
    state = mia.do(Correcting.ask_credit).state(Correcting)
    assert (state.amount, state.ticked) == ("100.00", True)
    assert state.outcome == "$100.00 comes off INV-0001, which leaves $0.00 open."
    mia.do(Correcting.type_amount, value="40")
    assert mia.state(Correcting).outcome == "$40.00 comes off INV-0001, which leaves $60.00 open."
    mia.do(Correcting.toggle)
    assert mia.state(Correcting).outcome == "$40.00 stays on account until you apply it to an invoice."
    mia.do(Correcting.type_amount, value="nonsense")
    assert mia.state(Correcting).outcome == ""


@pytest.mark.parametrize(
    ("apply", "balance", "applied"), [(True, "$60.00", "Applied"), (False, "$100.00", "$40.00 on account")]
)
def test_a_credit_is_applied_or_stays_on_account(two, mia, apply, balance, applied):
    mia.do(Correcting.ask_credit)
    if not apply:
        mia.do(Correcting.toggle)
    mia.do(Correcting.credit, form=CREDIT)
    seen = mia.state(InvoicePage).view
    assert (seen.balance, [(one.number, one.applied, one.sent) for one in seen.credits]) == (
        balance,
        [("CN-0001", applied, False)],
    )
    assert mia.notice == "Credit note CN-0001 created."


def test_a_second_click_credits_nothing_more(two, mia):
    mia.do(Correcting.ask_credit).do(Correcting.credit, form=CREDIT).do(Correcting.credit, form=CREDIT)
    assert len(notes(two)) == 1
    mia.state(Correcting).dialog = "credit"
    mia.do(Correcting.credit, form=CREDIT)
    assert len(notes(two)) == 1, "the same opening is the same credit"


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"amount": "40"}, {"reason": "Say why."}),
        ({"amount": "100.01", "reason": "Other"}, {"amount": "Enter at most $100.00, what was not credited yet."}),
        ({"amount": "lots", "reason": "Other"}, {"amount": "Enter an amount such as 1,250.00."}),
    ],
)
def test_a_credit_that_cannot_be_is_said_beside_its_field(two, mia, form, errors):
    mia.do(Correcting.ask_credit).do(Correcting.credit, form=form)
    state = mia.state(Correcting)
    assert (state.dialog, state.errors, state.focus) == ("credit", errors, f"correct-{next(iter(errors))}")
    assert notes(two) == []


def test_what_is_credited_in_full_is_not_credited_again(two, mia):
    mia.do(Correcting.ask_credit).do(Correcting.credit, form=CREDIT | {"amount": ""}).do(Correcting.ask_credit)
    assert (mia.state(Correcting).dialog, mia.notice) == ("", "All of this invoice was credited already.")


def test_a_credit_note_is_sent_once_and_again_after_it_was_taken_back(two, mia, invoice):
    mia.do(Correcting.ask_credit).do(Correcting.credit, form=CREDIT)
    credit = mia.state(InvoicePage).view.credits[0].id
    mia.do(InvoicePage.send_credit, credit_id=credit).do(InvoicePage.send_credit, credit_id=credit)
    assert (len(sent(two, invoice)), mia.notice) == (1, "Credit note sent to 1 person")
    assert mia.state(InvoicePage).view.credits[0].sent
    mia.do(Undoing.undo)
    assert not mia.state(InvoicePage).view.credits[0].sent
    mia.do(InvoicePage.send_credit, credit_id=credit)
    assert len(sent(two, invoice)) == 1


# ---------------------------------------------------------------- copies and files


def test_a_copy_is_a_draft_that_the_editor_opens_one_for_two_clicks(two, mia, invoice):
    mia.do(InvoicePage.duplicate)
    copies = read(two.nora, lambda tx: tx.all(tx.own(Invoice).where(Invoice.duplicate_of == invoice)))
    assert mia.went_to == [f"/invoices/new?draft={copies[0].id}"]
    mia.do(InvoicePage.duplicate)
    assert mia.went_to == [f"/invoices/new?draft={copies[0].id}"]


def test_an_upload_that_went_wrong_is_said_beside_its_button(two, mia):
    mia.do(InvoicePage.attached, said="plan.exe is not what its name says.")
    assert mia.state(InvoicePage).file_error == {"file": "plan.exe is not what its name says."}
    mia.do(InvoicePage.attached, said="")
    assert (mia.state(InvoicePage).file_error, mia.notice) == ({}, "File attached.")


def test_the_page_looks_again_while_a_message_is_on_its_way(two, mia, invoice):
    write(two.nora, void_invoice, invoice)
    mia.do(InvoicePage.look_again)
    assert mia.state(InvoicePage).view.status == "voided"


# ---------------------------------------------------------------- who may


def test_read_only_people_look_and_change_nothing(two, pipeline, invoice):
    rhea = pipeline.tab("rhea@northwind.example", path=f"/invoices/{invoice}").do(InvoicePage.load)
    assert rhea.state(InvoicePage).view.id == invoice
    for handler, payload in WRITING.items():
        assert rhea.denies(handler, **payload)
    seen = view(two, invoice)
    assert (seen.status, seen.times_sent, notes(two)) == ("open", 0, [])


def test_strangers_are_sent_to_sign_in(two, pipeline, invoice):
    stranger = pipeline.tab(path=f"/invoices/{invoice}")
    for handler, payload in {InvoicePage.load: {}, InvoicePage.look_again: {}, **WRITING}.items():
        stranger.do(handler, **payload)
        assert stranger.went_to == [f"/login?next=%2Finvoices%2F{invoice}"]
    assert stranger.state(InvoicePage).view.id == ""


def test_another_partners_messages_and_credits_are_out_of_reach(two, mia, invoice):
    mia.do(Sending.begin).do(Sending.send, form={"cc": ""})
    mail = mia.state(InvoicePage).view.mails[0].id
    mia.do(Correcting.ask_credit).do(Correcting.credit, form=CREDIT)
    credit = mia.state(InvoicePage).view.credits[0].id
    sol = mia.pipeline.tab("sol@southgate.example").do(Undoing.take_back, effect_id=mail)
    sol.do(InvoicePage.send_credit, credit_id=credit)
    assert "no longer here" in sol.notice
    assert len(sent(two, invoice)) == 1
