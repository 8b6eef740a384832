"""What is printed on a paper: every amount, date and word in the document's language."""

from dataclasses import replace
from datetime import date

import pytest

from arbill_app.invoices.documents.document_text import file_name, paper, texts, warnings_of
from arbill_app.invoices.documents.fonts import missing
from arbill_app.invoices.documents.model import Party, Tax
from arbill_app.invoices.documents.text_layout import BREAK, breakable, clean

from .papers import BLUEBIRD, NORTHGATE, make_document, make_item, many_lines

NBSP = "\u00a0"


def facts(document) -> dict[str, str]:
    return dict(paper(document)["facts"])


def sums(document) -> list[tuple[str, str]]:
    return [(name, amount) for name, amount, _ in paper(document)["sums"]]


# ---------------------------------------------------------------- sums and lines


def test_a_plain_invoice_shows_what_the_customer_has_to_know():
    shown = paper(make_document())
    assert shown["title"] == "Invoice"
    assert shown["rows"] == [[["December managed IT services"], "$1,180.00"]]
    assert shown["columns"] == ["Description", "Amount"]
    assert shown["facts"] == [["Issued", "Nov 21, 2026"], ["Due date", "Dec 6, 2026"]]
    assert sums(make_document()) == [("Tax 0.00%", "$0.00"), ("Total", "$1,180.00")]


def test_an_itemised_one_shows_quantities_prices_discounts_and_the_tax_of_each_line():
    shown = paper(many_lines(3))
    assert shown["columns"] == ["Description", "Quantity", "Unit price", "Discount", "Tax", "Amount"]
    assert shown["rows"][0][1:] == ["1.5", "$49.95", "", "8.875%", "$74.92"]
    assert shown["rows"][2][1:] == ["1.5", "$49.95", "-$5.00", "8.875%", "$69.92"]


def test_columns_that_would_say_the_same_in_every_line_are_left_out():
    document = make_document(itemised=True, items=[make_item(tax_rate=50000), make_item(tax_rate=50000)])
    assert paper(document)["columns"] == ["Description", "Quantity", "Unit price", "Amount"]


def test_several_rates_say_of_which_base():
    taxes = [Tax(50000, 10000, 500), Tax(99750, 20000, 1995)]
    assert sums(make_document(itemised=True, subtotal=30000, taxes=taxes, tax=2495, total=32495)) == [
        ("Subtotal", "$300.00"),
        ("Tax 5.00% on $100.00", "$5.00"),
        ("Tax 9.975% on $200.00", "$19.95"),
        ("Total", "$324.95"),
    ]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["GST 5.00% on $100.00", "QST 9.975% on $100.00"]),
        ("fr", ["TPS 5,00 % sur 100,00 $ US", "TVQ 9,975 % sur 100,00 $ US"]),
        ("es", ["GST 5.00% sobre $100.00", "QST 9.975% sobre $100.00"]),
    ],
)
def test_taxes_by_name_have_a_row_each_in_the_documents_language(language, names):
    taxes = [Tax(50000, 10000, 500, "GST"), Tax(99750, 10000, 998, "QST")]
    document = make_document(language=language, subtotal=10000, taxes=taxes, tax=1498, total=11498)
    assert [name.replace(NBSP, " ") for name, _ in sums(document)][:2] == names


def test_a_name_of_the_partners_own_is_printed_as_it_is():
    taxes = [Tax(20000, 118000, 2360, "Parish levy")]
    assert sums(make_document(language="fr", taxes=taxes))[0][0].replace(NBSP, " ") == "Parish levy 2,00 %"


def test_a_name_with_a_percent_sign_is_no_placeholder():
    taxes = [Tax(20000, 100, 2, "%(base)s 50%"), Tax(0, 100, 0, "Tax")]
    assert sums(make_document(taxes=taxes))[0][0] == "%(base)s 50% 2.00% on $1.00"


def test_a_discount_is_taken_off_before_the_tax():
    shown = sums(make_document(discount=18000, taxes=[Tax(0, 100000, 0)], total=100000))
    assert shown[:2] == [("Subtotal", "$1,180.00"), ("Discount", "-$180.00")]


def test_what_is_paid_leaves_the_amount_due():
    assert sums(make_document(paid=18000))[-2:] == [("Paid", "-$180.00"), ("Amount due", "$1,000.00")]


def test_without_any_tax_row_there_is_still_one_of_zero():
    assert sums(make_document(taxes=[]))[0] == ("Tax 0.00%", "$0.00")


@pytest.mark.parametrize(("quantity", "written"), [(1, "0.000001"), (1_000_000, "1"), (1234_500_000, "1,234.5")])
def test_quantities_are_written_exactly(quantity, written):
    shown = paper(make_document(itemised=True, items=[make_item(quantity=quantity)]))
    assert shown["rows"][0][1] == written


@pytest.mark.parametrize(("currency", "written"), [("JPY", "¥118,000"), ("KWD", f"KWD{NBSP}118.000")])
def test_amounts_have_the_decimals_of_their_currency(currency, written):
    assert paper(make_document(currency=currency))["rows"][0][-1] == written


def test_a_line_without_words_is_for_services():
    assert paper(make_document(items=[make_item("  ")]))["rows"][0][0] == ["Services"]
    assert paper(make_document(items=[make_item("")], language="es"))["rows"][0][0] == ["Servicios"]


def test_a_credit_note_says_which_invoice_it_corrects_and_why():
    document = make_document(kind="credit_note", number="CN-0007", about="INV-0042", reason="Counted twice.", paid=500)
    shown = paper(document)
    assert shown["title"] == "Credit note"
    assert facts(document) == {"Issued": "Nov 21, 2026", "For invoice": "INV-0042"}
    assert shown["notes"] == [["Reason", "Counted twice."]]
    assert [name for name, _ in sums(document)] == ["Tax 0.00%", "Total credit", "Used", "Credit left"]


@pytest.mark.parametrize(("days", "written"), [(0, "Due on receipt"), (1, "Net 1"), (30, "Net 30")])
def test_terms_are_words(days, written):
    assert facts(make_document(terms_days=days))["Terms"] == written


def test_a_draft_and_a_void_one_say_so():
    assert (paper(make_document(number=""))["draft"], paper(make_document())["draft"]) == ("Draft", "")
    assert (paper(make_document(voided=True))["void"], paper(make_document())["void"]) == ("Void", "")


def test_only_a_web_address_is_a_link():
    assert paper(make_document(pay_url="https://pay.example/p/1"))["pay"]["url"] == "https://pay.example/p/1"
    assert paper(make_document(pay_url="javascript:alert(1)"))["pay"] == {}


@pytest.mark.parametrize(("country", "size"), [("US", "us-letter"), ("CA", "us-letter"), ("FR", "a4")])
def test_the_paper_has_the_size_of_the_sellers_country(country, size):
    assert paper(make_document(seller=replace(NORTHGATE, country=country)))["paper"] == size


@pytest.mark.parametrize("accent", ["", "green", "#12345g"])
def test_an_accent_that_is_none_is_ours(accent):
    assert paper(make_document(accent=accent))["accent"] == "#047857"


def test_words_stay_readable_in_a_pale_accent():
    shown = paper(make_document(accent="#facc15"))
    assert (shown["accent_ink"], shown["accent_text"]) == ("#1c1917", "#1c1917")


# ---------------------------------------------------------------- languages


def test_a_french_invoice_is_french_throughout():
    document = many_lines(2, language="fr-CA", currency="CAD", terms_days=30, po_number="7781")
    shown = paper(document)
    assert (shown["title"], shown["lang"], shown["region"]) == ("Facture", "fr", "CA")
    assert facts(document) == {
        "Date d’émission": "21 nov. 2026",
        "Date d’échéance": "6 déc. 2026",
        "Modalités": f"Net 30{NBSP}jours",
        f"N°{NBSP}de commande": "7781",
    }
    assert shown["rows"][0][1:] == ["1,5", f"49,95{NBSP}$", f"8,875{NBSP}%", f"74,92{NBSP}$"]
    assert sums(document)[-1] == ("Total", f"160,22{NBSP}$")


@pytest.mark.parametrize("language", ["ar", "ar-AE", "he", "he_IL"])
def test_a_language_from_right_to_left_turns_the_page_even_in_english_words(language):
    shown = paper(make_document(language=language))
    assert (shown["rtl"], shown["title"], shown["lang"]) == (True, "Invoice", "en")
    assert paper(make_document(language="fr"))["rtl"] is False


# ---------------------------------------------------------------- letters


def test_lost_characters_are_named():
    assert warnings_of(make_document()) == []
    assert warnings_of(make_document(memo="Nice 😀 day 😀", buyer=Party("北京星河科技有限公司", []))) == [
        "The paper cannot show 😀: an empty box is printed instead."
    ]


@pytest.mark.parametrize(
    "text", ["Nguyễn", "Ελλάδα", "Привет", "שלום", "شركة النور", "東京 한국어", "ไทย", "→ ✓ № ₿ €"]
)
def test_the_fonts_know_the_scripts_of_our_customers(text):
    assert missing(text) == ""


def test_what_leaves_no_mark_is_not_missing():
    assert missing("a\u200bb\u200d\u00ad\ufe0f\nc") == ""


def test_only_line_ends_and_hidden_turns_change_in_a_text():
    assert clean(" a\r\nb\u2028c\x00\u202ed ") == "a\nb\ncd"


def test_long_words_may_break_and_lose_nothing():
    assert breakable("accounts@a-very-long-name.example").split(BREAK)[:2] == ["accounts@", "a-"]
    assert breakable("ada@bluebird.example words") == f"ada@{BREAK}bluebird.{BREAK}example words"
    assert breakable("W" * 30) == BREAK.join("W" * 30)
    assert breakable("short words only") == "short words only"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Invoice INV-0042.pdf"),
        ({"language": "fr", "kind": "credit_note", "number": "NC-7"}, "Note de crédit NC-7.pdf"),
        ({"number": "A/B\\C: 2026\r\n\"'<x>"}, "Invoice A-B-C-2026-x.pdf"),
        ({"number": "../../etc"}, "Invoice etc.pdf"),
        ({"number": ""}, "Invoice Draft.pdf"),
    ],
)
def test_files_have_names_that_every_system_takes(changes, name):
    assert file_name(make_document(**changes)) == name


def test_addresses_are_printed_as_they_are_given():
    shown = paper(make_document(ship_to=Party("Dock 4", ["1 Pier Road", " "], ["91-1", " "])))["parties"]
    assert [party["label"] for party in shown] == ["From", "To", "Ship to"]
    assert shown[1]["lines"] == BLUEBIRD.lines
    assert (shown[2]["lines"], shown[2]["small"]) == (["1 Pier Road"], ["Tax ID 91-1"])


def test_nothing_but_text_is_printed():
    assert "None" not in "".join(texts(paper(make_document(issued_on=None, due_on=date(2026, 1, 2)))))
