"""The screen "Message templates", handler by handler."""

import pytest

from arbill_app.dashboard.screens.message_templates.wording import Wording
from arbill_app.kernel.db.transactions import read, write
from arbill_app.messages.templates import preview, save_template
from tests import world

PATH = "/settings/messages?kind=invoice"
WORDS = {"subject": "Your invoice {number}", "body": "Hi {name},\n\n**{total}** is due."}
MANAGING = {
    Wording.edit: {"language": "en"},
    Wording.typing_subject: {"text": "x"},
    Wording.typing_body: {"text": "x"},
    Wording.save: {"form": WORDS},
    Wording.ask_reset: {},
    Wording.reset_words: {},
}


@pytest.fixture
def nora(two, pipeline):
    return pipeline.tab("nora@northwind.example", path=PATH).do(Wording.load)


def subject(actor, language="en"):
    return read(actor, preview, "invoice", language).subject


# ---------------------------------------------------------------- looking


def test_the_kind_in_the_address_is_shown_in_every_language(nora):
    state = nora.state(Wording)
    assert (state.kind, state.loading) == ("invoice", False)
    assert [(row.label, row.chosen) for row in state.kinds if row.chosen] == [("New invoice", True)]
    assert [(frame.label, frame.subject) for frame in state.frames] == [
        ("English", "Invoice INV-0042 from Northwind"),
        ("Français", "Facture INV-0042 de Northwind"),
        ("Español", "Factura INV-0042 de Northwind"),
    ]
    assert "Bonjour Ada," in state.frames[1].html
    assert "due_date" in state.variables


@pytest.mark.parametrize("path", ["/settings/messages", "/settings/messages?kind=ransom"])
def test_without_a_kind_we_know_the_first_one_is_shown(two, pipeline, path):
    nora = pipeline.tab("nora@northwind.example", path=path).do(Wording.load)
    assert nora.state(Wording).kind_label == "Welcome"


def test_languages_without_words_are_said(two, nora):
    world.make_customer(two.nora, "Alpha", language="de")
    assert nora.do(Wording.load).state(Wording).untranslated == ["1 customer has Deutsch: it gets English."]


# ---------------------------------------------------------------- changing


def test_own_words_are_previewed_while_typing_and_saved(two, nora):
    nora.do(Wording.edit, language="en")
    state = nora.state(Wording)
    assert (state.editing, state.own, state.focus) == ("en", False, "message-subject")
    nora.do(Wording.typing_subject, text=WORDS["subject"]).do(Wording.typing_body, text=WORDS["body"])
    state = nora.state(Wording)
    assert state.shown_subject == "Your invoice INV-0042"
    assert "<strong>$1,250.00</strong>" in state.shown_html
    assert subject(two.nora) == "Invoice INV-0042 from Northwind", "nothing is saved by typing"
    nora.do(Wording.save, form=WORDS)
    state = nora.state(Wording)
    assert (state.editing, nora.notice, state.focus) == ("", "New invoice in English saved.", "edit-en")
    assert [frame.own for frame in state.frames] == [True, False, False]
    assert [row.label for row in state.kinds if row.changed] == ["New invoice"]
    assert subject(two.nora) == "Your invoice INV-0042"


def test_a_variable_that_does_not_exist_is_said_while_typing_and_on_saving(two, nora):
    nora.do(Wording.edit, language="fr").do(Wording.typing_body, text="{totl}")
    wrong = {"body": "There is no variable {totl}. Did you mean {total}?"}
    assert nora.state(Wording).errors == wrong
    nora.do(Wording.typing_body, text="{total}")
    assert nora.state(Wording).errors == {}
    nora.do(Wording.save, form=WORDS | {"body": "{totl}"})
    state = nora.state(Wording)
    assert (state.editing, state.errors, state.focus) == ("fr", wrong, "message-body")
    assert state.typed["body"] == "{totl}", "what was typed stays"
    assert subject(two.nora, "fr") == "Facture INV-0042 de Northwind"


def test_a_keystroke_that_comes_after_saving_changes_nothing(two, nora):
    nora.do(Wording.edit, language="en").do(Wording.save, form=WORDS)
    nora.do(Wording.typing_body, text="late").do(Wording.save, form=WORDS | {"subject": "late"})
    assert subject(two.nora) == "Your invoice INV-0042"
    assert nora.state(Wording).editing == ""


def test_reset_asks_first_and_brings_our_words_back(two, nora):
    nora.do(Wording.edit, language="en").do(Wording.ask_reset)
    assert nora.state(Wording).dialog == "", "there is nothing to reset"
    nora.do(Wording.save, form=WORDS).do(Wording.edit, language="en").do(Wording.ask_reset)
    assert nora.state(Wording).dialog == "reset"
    nora.do(Wording.keep).do(Wording.reset_words)
    assert subject(two.nora) == "Your invoice INV-0042", "only after the question"
    nora.do(Wording.ask_reset).do(Wording.reset_words)
    assert subject(two.nora) == "Invoice INV-0042 from Northwind"
    assert nora.notice == "New invoice in English has our words again."
    assert not nora.state(Wording).frames[0].own


def test_cancel_keeps_what_was(two, nora):
    nora.do(Wording.edit, language="en").do(Wording.typing_subject, text="x").do(Wording.cancel)
    assert (nora.state(Wording).editing, subject(two.nora)) == ("", "Invoice INV-0042 from Northwind")


@pytest.mark.parametrize("language", ["de", "", "en\n"])
def test_a_language_that_does_not_exist_is_not_edited(nora, language):
    nora.do(Wording.edit, language=language)
    assert nora.state(Wording).editing == ""


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("who", ["mia", "rhea"])
def test_others_are_sent_home_and_change_nothing(two, pipeline, who):
    tab = pipeline.tab(f"{who}@northwind.example", path=PATH).do(Wording.load)
    assert tab.went_to == ["/"]
    assert tab.state(Wording).frames == []
    for handler, payload in MANAGING.items():
        assert tab.denies(handler, **payload)
    assert subject(two.nora) == "Invoice INV-0042 from Northwind"


def test_an_admin_may(two, pipeline):
    adam = pipeline.tab("adam@northwind.example", path=PATH).do(Wording.load)
    adam.do(Wording.edit, language="es").do(Wording.save, form=WORDS)
    assert subject(two.nora, "es") == "Your invoice INV-0042"


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab(path=PATH)
    for handler, payload in {Wording.load: {}, **MANAGING}.items():
        stranger.do(handler, **payload)
        assert stranger.went_to == ["/login?next=%2Fsettings%2Fmessages%3Fkind%3Dinvoice"]
    assert (stranger.state(Wording).kinds, stranger.state(Wording).shown_html) == ([], "")


def test_another_partners_words_are_not_shown_and_stay(two, nora):
    write(two.sol, save_template, "invoice", "en", "Southgate {number}", "x")
    nora.do(Wording.load)
    assert not nora.state(Wording).frames[0].own
    nora.do(Wording.edit, language="en").do(Wording.save, form=WORDS)
    assert (subject(two.sol), subject(two.nora)) == ("Southgate INV-0042", "Your invoice INV-0042")


@pytest.mark.parametrize("form", ["x", ["body"], {"body": {"$gt": 1}}, {"body": "y" * 20_000}, None, {}])
def test_what_is_no_form_is_refused(two, nora, form):
    nora.do(Wording.edit, language="en").do(Wording.save, form=form)
    assert nora.state(Wording).editing == "en"
    assert subject(two.nora) == "Invoice INV-0042 from Northwind"
