"""The company's details: the primary contact changes them by the profile's rules; everybody else reads them."""

from html.parser import HTMLParser

import pytest

from arbill_app.customers.commands import profile
from arbill_app.customers.models import Customer
from arbill_app.customers.views.history import activity
from arbill_app.invoices.documents.document_builder import invoice_document
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import commands as partners
from arbill_app.portal.account.company_form import FIELDS, company_of
from tests.portal.conftest import BRUNO, found, row
from tests.world import make_contact, make_customer, make_invoice, unused_email, user

PLACE = {"city": "Montréal", "region": "QC", "postal_code": "H2Y 1C6", "country": "CA"}


class Form(HTMLParser):
    """What a browser would send of the form, and what its regions are suggested to be."""

    def __init__(self, html):
        super().__init__()
        self.values, self.offered, self._select = {}, {"regions": []}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given["name"] in (*FIELDS, "was", "doubted"):
            self.values[given["name"]] = given["value"]
        elif tag == "select":
            self._select = given["name"]
            self.offered[self._select] = []
        elif tag == "datalist":
            self._select = "regions"
        elif tag == "option":
            self.offered[self._select].append(given["value"])
            if "selected" in given:
                self.values[self._select] = given["value"]


def company(two, customer_id=""):
    return company_of(row(two.nora, Customer, customer_id or two.ada))


def at(customer_id):
    return f"/portal/{customer_id}/details/company"


def save(person, two, form=None, **typed):
    """`form`: one that was opened earlier."""
    form = form or Form(person.get(at(two.ada)).text)
    return person.post(at(two.ada), form.values | typed)


def beside(answer, name, kind="error"):
    """What stands under a field."""
    return found(rf'<p class="msg[^"]*" id="{name}-{kind}">([^<]*)</p>', answer.text)


def test_the_primary_contact_changes_what_invoices_say(ada, two):
    answer = save(
        ada, two, legal_name="Ada Interiors LLC", address_line2="Suite 2", ein="123456789", tax_id="12 3456789"
    )
    assert answer.headers["location"] == f"/portal/{two.ada}/details?done=company"
    assert company(two) == {
        "legal_name": "Ada Interiors LLC",
        "address_line1": "480 Juniper Street",
        "address_line2": "Suite 2",
        "city": "Columbus",
        "region": "OH",
        "postal_code": "43215",
        "country": "US",
        "ein": "12-3456789",
        "tax_id": "12-3456789",
    }
    shown = ada.get(answer.headers["location"]).text
    for said in ("Your company’s details are saved.", "Ada Interiors LLC", "Suite 2", "Tax ID 12-3456789"):
        assert said in shown


def test_staff_see_who_changed_what_with_before_and_after(ada, two):
    save(ada, two, city="Dublin", legal_name="Ada Interiors LLC", tax_id="12-3456789")
    newest = read(two.nora, activity, two.ada)[:3]
    assert {one.who for one in newest} == {"Ada Quill"}
    assert [(one.what, one.changes) for one in newest] == [
        ("Tax settings changed", ["Tax ID: — → 12-3456789"]),
        ("Business information changed", ["Legal Name: — → Ada Interiors LLC"]),
        ("Billing address changed", ["City: Columbus → Dublin"]),
    ]


def test_saving_what_is_there_already_is_no_change(ada, two):
    before = read(two.nora, activity, two.ada)
    assert save(ada, two).status_code == 303
    assert read(two.nora, activity, two.ada) == before


def test_a_region_abroad_stays_as_it_was_written(another, two):
    place = {
        "address_line1": "1 Pitt Street",
        "city": "Sydney",
        "region": "NSW",
        "postal_code": "2000",
        "country": "AU",
    }
    customer = make_customer(two.nora, "Dora Deli", [user("Dora Lake", "dora@doradeli.example")], **place)
    another.sign_in("dora@doradeli.example")
    form = Form(another.get(at(customer)).text)
    assert "Queensland" in form.offered["regions"]
    assert another.post(at(customer), form.values | {"city": "Manly"}).status_code == 303
    assert (company(two, customer)["region"], company(two, customer)["city"]) == ("NSW", "Manly")


def test_a_province_is_called_as_its_people_call_it(another, two):
    customer = make_customer(two.nora, "Clinique Beaulieu", [user("Lucie Gagnon", "lucie@beaulieu.example")], **PLACE)
    another.sign_in("lucie@beaulieu.example")
    assert Form(another.get(at(customer)).text).values["region"] == "Quebec"
    another.post("/portal/language", {"language": "fr", "back": "/portal"})
    form = Form(another.get(at(customer)).text)
    assert form.values["region"] == "Québec"
    assert "Colombie-Britannique" in form.offered["regions"]
    assert another.post(at(customer), form.values).status_code == 303
    assert company(two, customer)["region"] == "QC"


def test_what_only_the_partner_decides_stays_as_it_is(ada, two):
    def taxed(tx):
        now = profile.tax_of(tx.get(Customer, two.ada))
        profile.change_tax(tx, two.ada, now | {"tax_rate": "7.5", "tax_exempt": True, "tax_certificate": "C-1"}, now)

    write(two.nora, taxed)
    save(ada, two, city="Dublin", company="Mine", currency="CAD", tax_rate="0", tax_exempt="", terms_days="365")
    kept = row(two.nora, Customer, two.ada)
    assert (kept.company, kept.currency, kept.terms_days) == ("Ada Interiors", "USD", None)
    assert (kept.tax_rate, kept.tax_exempt, kept.tax_certificate) == (75000, True, "C-1")


def test_issued_invoices_keep_the_address_and_new_ones_carry_it(ada, two):
    def buyer(invoice_id):
        return " ".join(read(two.nora, invoice_document, invoice_id).buyer.lines)

    old = make_invoice(two.nora, two.ada)
    save(ada, two, address_line1="9 Walnut Road")
    assert "480 Juniper Street" in buyer(old)
    assert "9 Walnut Road" in buyer(make_invoice(two.nora, two.ada))


def test_what_is_older_than_a_rule_does_not_stop_a_move(another, two):
    """Tax exempt without a certificate's number: staff are asked for it, the customer never."""
    people = [user("Dora Lake", "dora@doradeli.example")]
    customer = make_customer(two.nora, "Dora Deli", people, tax_exempt=True)
    another.sign_in("dora@doradeli.example")
    form = Form(another.get(at(customer)).text)
    assert another.post(at(customer), form.values | {"city": "Dublin"}).status_code == 303
    refused = another.post(at(customer), Form(another.get(at(customer)).text).values | {"tax_id": "12-3456789"})
    assert refused.status_code == 422
    assert "This cannot be saved here. Ask Northwind to change it." in refused.text
    assert (company(two, customer)["city"], company(two, customer)["tax_id"]) == ("Dublin", "")


# ---------------------------------------------------------------- who may


def test_a_colleague_reads_it_and_is_told_who_can_change_it(another, two):
    email = unused_email()
    make_contact(two.nora, two.ada, "Ben Ochre", email=email)
    another.sign_in(email)
    shown = another.get(f"/portal/{two.ada}/details").text
    assert "480 Juniper Street" in shown
    assert "Ada Quill can change it here." in shown
    assert "details/company" not in shown
    assert another.get(at(two.ada)).status_code == 403
    before = company(two)
    assert another.post(at(two.ada), before | {"city": "Dublin"}).status_code == 403
    assert company(two) == before


def test_who_looks_on_reads_it_and_changes_nothing(nobody, two):
    staff = nobody.as_staff("mia@northwind.example")
    staff.get(f"/portal/as/{two.ada}")
    shown = staff.get(f"/portal/{two.ada}/details").text
    assert "480 Juniper Street" in shown
    assert "details/company" not in shown
    before = company(two)
    assert staff.get(at(two.ada)).status_code == 403
    assert staff.post(at(two.ada), before | {"city": "Dublin"}).status_code == 403
    assert company(two) == before


def test_another_customers_address_is_nobody_elses_to_change(ada, another, two):
    another.sign_in(BRUNO)
    form = Form(another.get(at(two.bruno)).text)
    before = company(two, two.bruno)
    assert ada.get(at(two.bruno)).status_code == 404
    assert ada.post(at(two.bruno), form.values | {"city": "Dublin"}).status_code == 404
    assert company(two, two.bruno) == before


def test_forms_from_elsewhere_are_refused(ada, two):
    before = company(two)
    sent = Form(ada.get(at(two.ada)).text).values | {"city": "Dublin"}
    assert ada.send(at(two.ada), sent, {"origin": "https://evil.example"}).status_code == 403
    assert company(two) == before


# ---------------------------------------------------------------- what is wrong


def test_what_is_wrong_stands_beside_its_field_in_french_and_what_was_typed_is_kept(ada, two):
    ada.post("/portal/language", {"language": "fr", "back": "/portal"})
    typed = {"address_line1": "", "region": "Ohoi", "postal_code": "4321", "ein": "12", "legal_name": "Ada & Cie <3"}
    answer = save(ada, two, **typed)
    assert answer.status_code == 422
    assert beside(answer, "address_line1") == "Saisissez l’adresse."
    assert beside(answer, "region").startswith("« Ohoi » n’est ni un État ni un territoire des États-Unis.")
    assert beside(answer, "postal_code").startswith("Saisissez un code ZIP des États-Unis : 5 chiffres")
    assert beside(answer, "ein") == "Saisissez les 9 chiffres de l’EIN, par exemple 12-3456789."
    assert {name: Form(answer.text).values[name] for name in typed} == typed
    assert answer.text.count('class="msg') == 4, "and nothing beside what is right"


def test_a_country_that_the_partner_does_not_bill_is_refused_beside_its_field(ada, two):
    ada.post("/portal/language", {"language": "fr", "back": "/portal"})
    form = Form(ada.get(at(two.ada)).text)
    for country in ("", "ZZ", "DE", "us", "\x00", "U" * 400):
        answer = save(ada, two, form, country=country)
        assert (answer.status_code, beside(answer, "country")) == (422, "Choisissez un pays.")


def test_one_thing_wrong_and_nothing_is_saved(ada, two):
    before = company(two)
    answer = save(ada, two, city="Dublin", tax_id="12")
    assert beside(answer, "tax_id") == "Enter the 9 digits of the EIN, such as 12-3456789."
    assert company(two) == before


def test_control_characters_are_dropped(ada, two):
    assert save(ada, two, city="Dub\x00lin", legal_name="Ada\x00", tax_id="12-34\x0056789").status_code == 303
    assert (company(two)["city"], company(two)["legal_name"]) == ("Dublin", "Ada")


def test_a_doubt_is_said_once_and_stops_nobody(ada, two):
    answer = save(ada, two, postal_code="48215")
    assert answer.status_code == 409
    assert beside(answer, "postal_code", "doubt") == "48215 is in Michigan."
    assert "Not saved yet" in answer.text
    assert "Save anyway" in answer.text
    assert company(two)["postal_code"] == "43215"
    assert save(ada, two, Form(answer.text)).status_code == 303
    assert company(two)["postal_code"] == "48215"
    assert save(ada, two, city="Dublin").status_code == 303, "nor about what was there before"


def test_another_doubt_is_said_too(ada, two):
    form = Form(save(ada, two, postal_code="48215").text)
    assert (
        beside(save(ada, two, form, ein="07-1234567"), "ein", "doubt") == "EINs never start with 07. Check the number."
    )


# ---------------------------------------------------------------- countries


def test_the_countries_are_those_that_the_partner_bills_and_ones_own(ada, two):
    write(two.nora, partners.change_company, {"name": "Northwind"}, ["CA", "DE"])
    assert Form(ada.get(at(two.ada)).text).offered["country"] == ["US", "CA", "DE"]


def test_a_move_abroad_brings_the_other_countrys_words_rules_and_regions(ada, two):
    assert "Ohio" in Form(ada.get(at(two.ada)).text).offered["regions"]
    answer = save(ada, two, country="CA")
    assert beside(answer, "region") == "“Ohio” is not a Canadian province or territory. Ohio is in the United States."
    moved = Form(answer.text)
    assert "Ontario" in moved.offered["regions"]
    assert "ein" not in moved.values, "which only the United States know"
    assert save(ada, two, moved, city="Ottawa", region="ontario", postal_code="k1a0b1").status_code == 303
    assert (company(two)["region"], company(two)["postal_code"]) == ("ON", "K1A 0B1")


def test_a_number_of_the_other_country_is_asked_for_in_the_same_breath(ada, two):
    save(ada, two, tax_id="12-3456789", ein="12-3456789")
    answer = save(ada, two, country="CA", city="Ottawa", region="ON", postal_code="K1A 0B1")
    assert beside(answer, "tax_id").startswith("This is not a valid business number.")
    assert "ein" in Form(answer.text).values, "who has one sees it"


# ---------------------------------------------------------------- two at once


@pytest.fixture
def staff_moved(two):
    def move(**typed):
        now = {name: company(two)[name] for name in profile.ADDRESS}
        write(two.mia, profile.change_billing, two.ada, now | typed, now)

    return move


def test_what_staff_changed_meanwhile_is_not_written_over_unseen(ada, two, staff_moved):
    form = Form(ada.get(at(two.ada)).text)
    staff_moved(city="Dublin", region="OH")
    answer = save(ada, two, form, address_line2="Suite 2")
    assert answer.status_code == 409
    assert "Northwind changed this while you were typing." in answer.text
    assert company(two)["address_line2"] == ""
    again = Form(answer.text)
    assert (again.values["city"], again.values["address_line2"]) == ("Dublin", "Suite 2"), "theirs and mine"
    assert save(ada, two, again).status_code == 303
    assert (company(two)["city"], company(two)["address_line2"]) == ("Dublin", "Suite 2")


def test_where_both_wrote_mine_is_kept_and_theirs_stands_beside_it(ada, two, staff_moved):
    form = Form(ada.get(at(two.ada)).text)
    staff_moved(city="Dublin")
    answer = save(ada, two, form, city="Westerville")
    assert beside(answer, "city", "doubt") == "Now it is “Dublin”."
    again = Form(answer.text)
    assert again.values["city"] == "Westerville"
    assert save(ada, two, again).status_code == 303
    assert company(two)["city"] == "Westerville"


def test_a_form_that_does_not_say_what_it_started_from_overwrites_nothing(ada, two):
    before = company(two)
    form = Form(ada.get(at(two.ada)).text)
    for was in ("", "{}", "[]", "no", '{"city": 1}'):
        assert save(ada, two, form, city="Dublin", was=was).status_code == 409
    assert company(two) == before


def test_a_colleague_is_called_by_name(another, two):
    customer = make_customer(two.nora, "Dora Deli", [user("Dora Lake", "dora@doradeli.example")])
    another.sign_in("dora@doradeli.example")
    early = Form(another.get(at(customer)).text)
    another.post(at(customer), Form(another.get(at(customer)).text).values | {"city": "Dublin"})
    answer = another.post(at(customer), early.values | {"city": "Westerville"})
    assert "Dora Lake changed this while you were typing." in answer.text
