"""A partner's own words: changed by managers, checked, put back, and seen before anybody gets them."""

import pytest

from arbill_app.customers.commands.bulk import group_many
from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Forbidden, Invalid, NotFound
from arbill_app.messages.models import MessageTemplate
from arbill_app.messages.templates import (
    LANGUAGES,
    preview,
    previews,
    reset_template,
    sample,
    save_template,
    templates,
    warnings,
)
from arbill_app.messages.wording import KINDS, ours
from tests import world

SUBJECT, BODY = "Facture {number}", "Bonjour {name},\n\nVotre facture {number}."


def save(actor, subject=SUBJECT, body=BODY, kind="invoice", language="fr"):
    write(actor, save_template, kind, language, subject, body)


def view(actor, kind="invoice", language="fr"):
    found = next(one for one in read(actor, templates) if one.kind == kind)
    return next(one for one in found.languages if one.language == language)


def activity(two):
    rows = read(two.nora, lambda tx: tx.all(tx.own(Activity).order_by(Activity.id)))
    return [(row.action, row.note) for row in rows if row.action.startswith("template")]


def test_every_kind_has_a_name_its_variables_and_three_languages(two):
    found = read(two.nora, templates)
    labels = ["Welcome", "One-time code", "New invoice", "New invoice that is charged by itself", "Payment link"]
    labels += ["Credit note", "Receipt", "Payment failed", "Refund", "Card expiring", "Bank payment processing"]
    labels += ["Payment method added", "Payment method to approve"]
    assert [kind.label for kind in found] == labels
    assert all([view.language for view in kind.languages] == ["en", "fr", "es"] for kind in found)
    assert "due_date" in found[2].variables
    assert not any(kind.changed for kind in found)


def test_words_are_saved_for_one_kind_and_one_language(two):
    save(two.nora, subject="  Facture\n {number} ", body=BODY.replace("\n", "\r\n"))
    assert (view(two.nora).subject, view(two.nora).body, view(two.nora).own) == (SUBJECT, BODY, True)
    assert not view(two.nora, language="es").own
    assert not view(two.nora, kind="credit_note").own
    save(two.adam, subject="Autre {number}")
    assert view(two.nora).subject == "Autre {number}"
    assert activity(two) == [("template.changed", "New invoice, Français")] * 2


def test_saving_the_same_again_is_no_change(two):
    save(two.nora)
    save(two.nora)
    assert len(activity(two)) == 1


def test_reset_brings_ours_back(two):
    save(two.nora)
    write(two.nora, reset_template, "invoice", "fr")
    assert (view(two.nora).subject, view(two.nora).body) == ours("invoice", "fr")
    assert not view(two.nora).own
    write(two.nora, reset_template, "invoice", "fr")
    assert [action for action, _ in activity(two)] == ["template.changed", "template.reset"]


def test_words_that_are_ours_again_are_a_reset(two):
    save(two.nora, *ours("invoice", "fr"))
    assert activity(two) == []
    save(two.nora)
    save(two.nora, *ours("invoice", "fr"))
    assert not view(two.nora).own


@pytest.mark.parametrize(
    ("subject", "body", "errors"),
    [
        ("", "x", {"subject": "Enter the subject."}),
        ("x", " \n ", {"body": "Enter the message."}),
        ("{nmber}", "x", {"subject": "There is no variable {nmber}. Did you mean {number}?"}),
        (
            "{code}",
            "{minutes}",
            {
                "subject": "There is no variable {code}. Use one of the variables listed here.",
                "body": "There is no variable {minutes}. Use one of the variables listed here.",
            },
        ),
        (
            "x" * 201,
            "x" * 8001,
            {
                "subject": "Use at most 200 characters.",
                "body": "Use at most 8,000 characters.",
            },
        ),
        (
            "x" * 201,
            "{totl}",
            {
                "subject": "Use at most 200 characters.",
                "body": "There is no variable {totl}. Did you mean {total}?",
            },
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_beside_its_field(two, subject, body, errors):
    with pytest.raises(Invalid) as refused:
        save(two.nora, subject, body)
    assert refused.value.errors == errors
    assert not view(two.nora).own


def test_a_code_never_stands_in_a_subject(two):
    with pytest.raises(Invalid) as refused:
        save(two.nora, "{code} is your code", "{code}", kind="code", language="en")
    assert refused.value.errors == {
        "subject": "Leave {code} out of the subject: locked phones show it. It belongs in the message."
    }


@pytest.mark.parametrize(("kind", "language"), [("invoice", "de"), ("ransom", "en"), ("", "")])
def test_what_does_not_exist_cannot_be_changed(two, kind, language):
    for verb in (reset_template, preview):
        with pytest.raises(NotFound):
            write(two.nora, verb, kind, language)
    with pytest.raises(NotFound):
        save(two.nora, kind=kind, language=language)


def test_only_managers_see_and_change_them(two):
    for actor in (two.mia, two.rhea):
        for verb, args in (
            (save_template, ("invoice", "fr", SUBJECT, BODY)),
            (reset_template, ("invoice", "fr")),
        ):
            with pytest.raises(Forbidden):
                write(actor, verb, *args)
        for question, args in ((templates, ()), (preview, ("invoice", "fr")), (previews, ("invoice",))):
            with pytest.raises(Forbidden):
                read(actor, question, *args)


def test_another_partners_words_are_neither_seen_nor_changed(two):
    save(two.sol)
    assert not view(two.nora).own
    write(two.nora, reset_template, "invoice", "fr")
    assert view(two.sol).own
    save(two.nora, subject="Ours {number}")
    assert (view(two.sol).subject, view(two.nora).subject) == (SUBJECT, "Ours {number}")


# ---------------------------------------------------------------- preview


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_speaks_every_language_with_values_for_every_variable(two, kind):
    english, french, spanish = read(two.nora, previews, kind)
    assert "Hello Ada," in english.text
    assert "Bonjour Ada," in french.text
    assert "Hola, Ada:" in spanish.text
    message = sample(kind, "fr", "USD")
    assert set(message.values) >= set(KINDS[kind].variables) | {"customer"}
    assert all(message.values.values())


def test_a_preview_shows_what_is_being_typed_and_saves_nothing(two):
    save(two.nora)
    shown = read(two.nora, preview, "invoice", "fr", "Test {number}", "**Gras** <b>{customer}</b> {oops}")
    assert shown.subject == "Test INV-0042"
    assert "<strong>Gras</strong> &lt;b&gt;Bluebird Dental&lt;/b&gt; {oops}" in shown.html
    assert read(two.nora, preview, "invoice", "fr").subject == "Facture INV-0042"


def test_amounts_and_days_of_a_preview_are_written_as_its_people_write_them(two):
    english, french, _ = read(two.nora, previews, "invoice")
    assert "$1,250.00" in english.html
    assert "1\N{NO-BREAK SPACE}250,00" in french.html


# ---------------------------------------------------------------- languages


def test_languages_of_customers_that_we_do_not_speak_are_counted(two):
    assert read(two.nora, warnings) == []
    for company in ("Alpha", "Beta"):
        world.make_customer(two.nora, company, language="de")
    gone = world.make_customer(two.nora, "Gone", language="de")
    write(two.nora, archive_customer, gone)
    world.make_customer(two.nora, "Gamma", language="fr")
    world.make_customer(two.sol, "Theirs", language="it")
    assert read(two.nora, warnings) == ["2 customers have Deutsch: they get English."]
    assert read(two.sol, warnings) == ["1 customer has Italiano: it gets English."]


def test_a_language_inherited_from_the_group_counts_too(two):
    group = world.make_group(two.nora, "Lisbon", language="pt")
    write(two.nora, group_many, [two.ada, two.bruno], group)
    assert read(two.nora, warnings) == ["2 customers have Português: they get English."]


def test_a_template_row_is_one_for_each_kind_and_language(two):
    for language in LANGUAGES:
        save(two.nora, subject="Own {number}", body="Own", language=language)
        save(two.nora, subject="Own again {number}", body="Own", language=language)
    rows = read(job(two.nora.partner_id), lambda tx: tx.all(tx.own(MessageTemplate)))
    assert len(rows) == 3
