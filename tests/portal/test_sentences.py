"""What the rules of addresses and numbers say is read in the reader's language, whatever was typed."""

import pytest

from arbill_app.customers.rules.address import check_address
from arbill_app.customers.rules.countries import all_countries
from arbill_app.customers.validation import check_business, check_place, check_tax
from arbill_app.kernel.problems import Problem, label_in
from arbill_app.portal.account.company_form import LABELS

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
def problems():
    doubts = (doubt for checked in said() for doubt in checked.warnings.values())
    found = {problem for checked in said() for problem in checked.problems.values()}
    return found | {one for doubt in doubts for one in (doubt.problem, doubt.correction) if one}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_sentence_of_the_rules_is_translated_to_its_end(problems, language):
    assert len(problems) > 300
    english = {one: told for one in problems if any(word in (told := one.text(language)) for word in LEFT)}
    assert english == {}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_what_countries_call_their_regions_and_postal_codes_is_translated(language):
    words = {label(country) for label in LABELS.values() for country, _ in all_countries()}
    assert len(words) > 15
    kept = {word for word in words if label_in(word, language) == word}
    assert kept <= {"Oblast", "Province", "Eircode", "Parish"}, "the same word in French"


def test_names_and_values_are_kept_and_countries_called_as_the_reader_calls_them():
    oho = check_address("1", "", "Columbus", "Oho", "43215", "US").problems["region"]
    assert oho.text("fr") == "« Oho » n’est ni un État ni un territoire des États-Unis. Vouliez-vous dire Ohio ?"
    hint = check_address("1", "", "Québec", "Quebecc", "G1R 4P5", "CA").problems["region"]
    assert str(hint) == "“Quebecc” is not a Canadian province or territory. Did you mean Quebec?"
    assert hint.text("fr-CA").endswith("Vouliez-vous dire Québec ?")
    dutch = check_tax({"tax_id": "12-x"}, "NL").warnings["tax_id"].problem
    assert "Pays-Bas" in dutch.text("fr")
    assert str(dutch) == "This does not look like a tax ID of the Netherlands. Check the number."
    assert Problem("address.region_missing", kind="prefecture").text("fr") == "Choisissez une préfecture."
