import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.kernel.text.search_keys import fold, name_key

latin = st.text(st.characters(max_codepoint=0x24F))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Crème   Brûlée ", "creme brulee"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Ørsted", "orsted"),
        ("Łódź", "lodz"),
        ("Encyclopædia", "encyclopaedia"),
        ("O’Brien – Sons", "o'brien - sons"),
        ("non\u00a0breaking\tspace", "non breaking space"),
        ("ＡＣＭＥ", "acme"),
        ("co\u00adoperative", "cooperative"),
        ("", ""),
    ],
)
def test_fold(typed, folded):
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(latin)
def test_case_does_not_matter(text):
    assert fold(text.upper()) == fold(text) == fold(text.lower())


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz ")), st.sampled_from("\u0300\u0301\u0308\u0327\u030c"))
def test_accents_do_not_matter(text, accent):
    accented = "".join(c + accent if c != " " else c for c in text)
    assert fold(accented) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bluebird Dental, Inc.", "blue bird dental"),
        ("The Bluebird Dental Company", "Bluebird-Dental L.L.C."),
        ("Smith & Sons Ltd.", "Smith and Sons"),
        ("Smith & Co.", "Smith"),
        ("Acme Co., Ltd.", "ACME"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("Les Entreprises Côté Ltée", "Les entreprises Cote"),
        ("O'Neil Law, P.L.L.C.", "ONeil Law"),
        ("Ferrari S.p.A.", "Ferrari"),
        ("Grupo Azul, S.A. de C.V.", "Grupo Azul"),
        ("Orlen Sp. z o.o.", "Orlen"),
        ("Mærsk A/S", "Maersk"),
    ],
)
def test_nearly_equal_names_share_a_key(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Blue Day Spa", "Blue Day"),
        ("Ohio Gas", "Ohio Glass"),
        ("The Company", "The Corporation"),
        ("The Inc", "Co"),
    ],
)
def test_other_names_do_not(one, other):
    assert name_key(one) != name_key(other)


@given(st.text())
def test_a_name_with_a_letter_or_digit_has_a_key(text):
    assert name_key(text) or not any(c.isalnum() for c in text)


@given(latin)
def test_case_and_legal_form_do_not_change_the_key(text):
    name = f"Northwind {text}"
    assert name_key(f"{name} Inc.") == name_key(f"{name}, INC") == name_key(f"The {name} LLC")
