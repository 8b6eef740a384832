"""What the core says of addresses and numbers is read in the reader's language, whatever was typed."""

import pytest

from arbill_app.customers.rules.countries import all_countries
from arbill_app.customers.validation import check_business, check_place, check_tax
from arbill_app.portal.i18n import Words
from arbill_app.portal.sentences import reworded

WRONG = ("", "Ohoi", "ON", "OH", "Ontario", "?")
CODES = ("", "1", "4321", "43215", "00000", "48215", "K1A OB1", "K1A 0B1", "D1A 0B1", "Z1A 0B1", "no")
NUMBERS = ("", "12", "123-45-6789", "07-1234567", "123456789", "123456780 RT0001")
LEFT = ("Enter", "Choose", "Check", "Did you", " is ", " not ", "None", "never", "looks like", " the ")


def said():
    """Everything that the rules say of these; a country's own postal codes and regions included."""
    for country, _ in all_countries():
        home = country in ("US", "CA")
        for code in CODES if home else ("", "?"):
            for region in WRONG if home else ("", "Ohoi"):
                typed = {"country": country, "region": region, "postal_code": code, "city": "x" * 300 * home}
                yield check_place(typed)
        for number in NUMBERS:
            yield check_tax({"tax_id": number}, country)
            yield check_business({"company": "Ada", "ein": number})


@pytest.fixture(scope="module")
def sentences():
    found = [one for checked in said() for one in (*checked.errors.values(), *checked.warnings.values())]
    return {one if isinstance(one, str) else one.message for one in found}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_sentence_of_the_rules_is_translated_to_its_end(sentences, language):
    say = Words(language)
    assert len(sentences) > 300
    english = {text: told for text in sentences if any(word in (told := reworded(say, text)) for word in LEFT)}
    assert english == {}


def test_an_english_reader_reads_them_as_they_are(sentences):
    assert all(reworded(Words("en"), text) == text for text in sentences)


def test_names_and_values_are_kept_and_countries_called_as_the_reader_calls_them():
    say = Words("fr")
    assert reworded(say, "“Oho” is not a US state or territory. Did you mean Ohio?") == (
        "« Oho » n’est ni un État ni un territoire des États-Unis. Vouliez-vous dire Ohio ?"
    )
    hint = "“Quebecc” is not a Canadian province or territory. Did you mean Quebec?"
    assert reworded(say, hint).endswith("Vouliez-vous dire Québec ?")
    assert "Pays-Bas" in reworded(say, "This does not look like a tax ID of the Netherlands. Check the number.")
    assert reworded(say, "Choose a prefecture.") == "Champ obligatoire : préfecture."
    assert reworded(say, "Nobody says this.") == "Nobody says this."
