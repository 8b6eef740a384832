"""The catalogues: complete, with the same variables, and said by somebody."""

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from arbill_app.kernel.text.i18n import FOLDERS, LOCALE
from arbill_app.kernel.typesetting import limits, pool, process
from arbill_app.payments.gateway.declines import DECLINES
from arbill_app.portal.i18n import Words
from arbill_app.reports.statement_paper import KINDS
from tests.portal.sources import msgids

FOREIGN = [folder for folder in FOLDERS.values() if folder]
STATEMENT = {
    *KINDS.values(),
    *("%(first)s to %(last)s", "Opening balance on %(day)s", "Closing balance on %(day)s"),
    *("Statement of account", "Date", "What", "Memo", "Amount", "Balance", "Currency"),
}
RECEIPT = {
    *("Receipt", "Amount paid", "Date", "Paid with", "Reference", "Invoice", "Amount"),
    *("On account", "Refunded", "Disputed at the bank"),
}
PRINTING = {limits.YOURS, limits.ALL, process.TOO_LONG, process.TOO_LARGE, pool.CANNOT_START, pool.STOPPED}
SAID = {
    "portal": msgids() | PRINTING | {"Enter an amount such as %(sample)s.", "Your sign-in does not include this."},
    "declines": {text for one in DECLINES.values() for text in (one.customer, one.advice)},
    "statement": STATEMENT,
    "receipt": RECEIPT,
}
SAME = {"Code", "Date", "Menu", "Sections", "Portal", "Auto Pay"}


def catalogue(folder, domain):
    with (LOCALE / folder / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


@pytest.mark.parametrize("domain", SAID)
@pytest.mark.parametrize("folder", FOREIGN)
def test_a_catalogue_holds_every_sentence_and_nothing_else(folder, domain):
    assert set(catalogue(folder, domain)) == SAID[domain]


@pytest.mark.parametrize("domain", SAID)
@pytest.mark.parametrize("folder", FOREIGN)
def test_every_translation_says_something_with_the_same_variables(folder, domain):
    for id, message in catalogue(folder, domain).items():
        assert message.string.strip(), id
        assert not message.fuzzy, id
        assert variables(message.string) == variables(id), id


@pytest.mark.parametrize("domain", SAID)
@pytest.mark.parametrize("folder", FOREIGN)
def test_translations_are_not_english(folder, domain):
    same = {id for id, message in catalogue(folder, domain).items() if message.string == id}
    assert {id for id in same if len(id.split()) > 1} <= SAME


def variables(text):
    named = {part.split(")")[0] for part in text.split("%(")[1:]}
    return named | {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["en", "fr", "fr-CA", "es"])
@pytest.mark.parametrize("currency", ["USD", "CAD", "EUR", "GBP", "CHF", "JPY", "KWD", "XOF", "XCG"])
def test_the_sample_of_an_amount_can_be_typed(language, currency):
    words = Words(language)
    assert words.typed(words.money(125_000, currency), currency) == 125_000
