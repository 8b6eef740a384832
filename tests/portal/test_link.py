"""A payment link: one invoice for whoever holds it, as long as something is owed on it, and nothing else of anybody."""

import pytest

from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.payment_links import renew_link
from arbill_app.kernel.db.transactions import read, write
from arbill_app.payments.methods.methods import methods_of
from arbill_app.payments.models import Attempt, Payment, PaymentMethod, Setup
from tests.portal.conftest import BANK, VISA, balance, charge, found, make_method, row, rows
from tests.world import in_days, item, itemised, letters_to, make_draft_invoice, make_invoice


@pytest.fixture
def owed(two):
    """(invoice of 100.00, its link)"""
    invoice = make_invoice(two.nora, two.ada, "100.00", memo="Garden", note="Between us", due_on=in_days(10))
    return invoice, f"/pay/{row(two.nora, Invoice, invoice).link_token}"


def type_card(person, link, kind="card", **typed):
    """To the gateway's page and back: the sheet."""
    page = person.post(f"{link}/add").headers["location"].partition(":3000")[2]
    given = {"kind": kind} | (VISA if kind == "card" else BANK) | typed
    return come_back(person, person.post(page, given).headers["location"])


def come_back(person, address):
    """What the browser does by itself: the form of the page that the gateway leads back to."""
    page = person.get(address)
    action, key = found(r'action="([^"]*/method)"', page.text), found(r'name="key" value="([^"]*)"', page.text)
    return person.get(person.post(action, {"key": key}).headers["location"])


def pay(person, link, sheet, **changed):
    names = ("key", "setup", "amount")
    form = {name: found(rf'name="{name}" value="([^"]*)"', sheet.text) for name in names} | changed
    return person.post(f"{link}/pay", form)


@pytest.mark.parametrize("kind", ["card", "us_bank_account"])
def test_a_stranger_pays_the_invoice(nobody, two, owed, kind):
    invoice, link = owed
    page = nobody.get(link)
    assert "Pay $100.00" in page.text
    sheet = type_card(nobody, link, kind)
    assert "Pay now" in sheet.text
    to = pay(nobody, link, sheet).headers["location"]
    assert nobody.get(to + "/state").json() == {"state": "started"}
    charge()
    shown = nobody.get(to).text
    if kind == "card":
        assert "$100.00 paid" in shown
        assert balance(two.nora, invoice) == 0
        assert "Nothing is owed on this invoice any more" in nobody.get(link).text
    else:
        assert "Your bank is moving the money" in shown
        assert "is on its way" in nobody.get(link).text
        assert "Pay $" not in nobody.get(link).text


def test_the_page_says_what_is_billed_and_the_gateways_page_what_is_paid(nobody, two, owed):
    _, link = owed
    assert '<p class="billed">Garden</p>' in nobody.get(link).text
    page = nobody.get(nobody.post(f"{link}/add").headers["location"].partition(":3000")[2]).text
    assert "<h1>Pay $100.00</h1>" in page
    assert "Continue</button>" in page
    assert "Add payment method" not in page


def test_of_several_lines_the_first_is_named(nobody, two):
    made = make_invoice(two.nora, two.ada, **itemised(item("Desk", "70.00"), item("Lamp", "20.00")))
    assert "Desk and 1 more" in nobody.get(f"/pay/{row(two.nora, Invoice, made).link_token}").text


def test_the_page_says_nothing_of_anybody(nobody, two, owed):
    make_invoice(two.nora, two.ada, "77.00", memo="Other")
    make_method(two.nora, two.ada)
    invoice, link = owed
    pages = (nobody.get(link), type_card(nobody, link, number="5555555555554444"))
    for page in pages:
        for hidden in ("Ada", "Between us", "4242", "77.00", "adainteriors", invoice, "cus_", "par_", "con_"):
            assert hidden not in page.text, hidden


def test_what_a_stranger_typed_is_not_kept_for_the_customer(nobody, ada_home, two, owed):
    _, link = owed
    pay(nobody, link, type_card(nobody, link))
    charge()
    assert read(two.nora, methods_of, two.ada) == []
    assert [method.is_default for method in rows(two.nora, PaymentMethod)] == [False]
    assert [letter.subject for letter in letters_to("ada@adainteriors.example")] == ["Payment received: $100.00"]
    assert "4242" not in ada_home()


@pytest.fixture
def ada_home(another, two):
    def shown() -> str:
        return another.sign_in("ada@adainteriors.example").get(f"/portal/{two.ada}/methods").text.partition("<main")[2]

    return shown


def test_a_double_click_is_one_payment_and_a_second_visitor_finds_it_under_way(nobody, another, two, owed):
    _, link = owed
    sheet, other = type_card(nobody, link), type_card(another, link)
    first, again = pay(nobody, link, sheet), pay(nobody, link, sheet)
    assert first.headers["location"] == again.headers["location"]
    late = pay(another, link, other)
    assert late.status_code == 422
    assert "under way already" in late.text
    charge()
    assert len(rows(two.nora, Payment)) == 1


@pytest.mark.parametrize("amount", ["100.01", "0", "-1", "abc", "9" * 30, "1;2"])
def test_the_amount_is_the_servers(nobody, two, owed, amount):
    _, link = owed
    assert pay(nobody, link, type_card(nobody, link), amount=amount).status_code == 422
    assert rows(two.nora, Attempt) == []


def test_neither_another_customers_nor_another_links_method_can_be_charged(nobody, another, two, owed):
    _, link = owed
    other = make_invoice(two.nora, two.ada)
    other_link = f"/pay/{row(two.nora, Invoice, other).link_token}"
    brunos = make_invoice(two.nora, two.bruno)
    bruno_link = f"/pay/{row(two.nora, Invoice, brunos).link_token}"
    saved = make_method(two.nora, two.ada)
    mine, sheets = type_card(nobody, link), [type_card(another, one) for one in (other_link, bruno_link)]
    setups = [found(r'name="setup" value="([^"]*)"', sheet.text) for sheet in sheets]
    kept = next(setup.id for setup in rows(two.nora, Setup) if setup.method_id == saved)
    for setup in (*setups, kept, saved, "", "pst_x"):
        assert pay(nobody, link, mine, setup=setup).status_code == 404
    assert rows(two.nora, Attempt) == []


def test_other_payments_are_not_shown_through_a_link(nobody, another, two, owed):
    invoice, link = owed
    card = make_method(two.nora, two.ada)
    another.sign_in("ada@adainteriors.example")
    data = {"part": [f"{invoice}=1.00"], "method": card, "key": "k" * 22}
    attempt = another.post(f"/portal/{two.ada}/pay", data).headers["location"].rpartition("/")[2]
    for path in ("", "/state"):
        assert nobody.get(f"{link}/payments/{attempt}{path}").status_code == 404
    assert nobody.post(f"{link}/payments/{attempt}/approve").status_code == 404


def test_a_declined_card_can_be_followed_by_another(nobody, two, owed):
    invoice, link = owed
    to = pay(nobody, link, type_card(nobody, link, number="4000000000000002")).headers["location"]
    charge()
    assert "Your bank did not approve this payment." in nobody.get(to).text
    pay(nobody, link, type_card(nobody, link))
    charge()
    assert balance(two.nora, invoice) == 0


def test_a_card_that_asks_is_approved(nobody, two, owed):
    invoice, link = owed
    to = pay(nobody, link, type_card(nobody, link, number="4000002500003155")).headers["location"]
    charge()
    bank = nobody.post(f"{to}/approve").headers["location"].partition(":3000")[2]
    back = nobody.post(bank, {"answer": "approve"}).headers["location"]
    look = found(r'action="([^"]*/look)"', nobody.get(back).text)
    assert "$100.00 paid" in nobody.get(nobody.post(look).headers["location"]).text
    assert balance(two.nora, invoice) == 0


def test_coming_back_without_having_typed_anything_changes_nothing(nobody, two, owed):
    _, link = owed
    nobody.post(f"{link}/add")
    assert nobody.get(f"{link}/method?key={'x' * 22}").headers["location"] == link
    for key in ("", "%00" * 20, "x"):
        assert nobody.get(f"{link}/method?key={key}").headers["location"] == link
    assert rows(two.nora, PaymentMethod) == []


def test_wrong_revoked_and_void_links_and_drafts_answer_alike(nobody, two, owed):
    invoice, link = owed
    draft = make_draft_invoice(two.nora, two.ada)
    void = make_invoice(two.nora, two.ada)
    void_link = f"/pay/{row(two.nora, Invoice, void).link_token}"
    write(two.nora, void_invoice, void)
    new = write(two.nora, renew_link, invoice).partition(":3000")[2]
    assert nobody.get(new).status_code == 200
    wrong = (
        link,
        void_link,
        f"/pay/{row(two.nora, Invoice, draft).link_token}",
        "/pay/x",
        f"/pay/{new[5:].swapcase()}",
    )
    answers = {(nobody.get(path).status_code, nobody.get(path).text) for path in wrong}
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    for path in wrong:
        assert nobody.get(f"{path}/invoice.pdf").status_code == 404
        assert nobody.post(f"{path}/add").status_code == 404
        assert nobody.post(f"{path}/pay").status_code == 404


def test_read_only_staff_revoke_nothing(two, owed):
    from arbill_app.kernel.errors import Forbidden, NotFound

    with pytest.raises(Forbidden):
        write(two.rhea, renew_link, owed[0])
    with pytest.raises(NotFound):
        write(two.sol, renew_link, owed[0])


def test_a_link_works_as_long_as_something_is_owed_however_old(nobody, two):
    from datetime import timedelta

    import time_machine

    from arbill_app.kernel import clock

    invoice = make_invoice(two.nora, two.ada, due_on=in_days(1))
    link = f"/pay/{row(two.nora, Invoice, invoice).link_token}"
    with time_machine.travel(clock.now() + timedelta(days=400)):
        assert "Pay $100.00" in nobody.get(link).text


def test_forms_from_elsewhere_are_refused(nobody, owed):
    _, link = owed
    for path in ("add", "pay", "payments/ptt_x/approve"):
        assert nobody.send(f"{link}/{path}", {}, {"origin": "https://evil.example"}).status_code == 403


def test_the_link_speaks_the_invoices_language_and_can_be_switched(nobody, two):
    from tests.world import make_customer

    clinic = make_customer(two.nora, "Clinique", language="fr-CA")
    link = f"/pay/{row(two.nora, Invoice, make_invoice(two.nora, clinic)).link_token}"
    assert "Payer 100,00" in nobody.get(link).text
    nobody.post("/portal/language", {"language": "es", "back": link})
    assert "Pagar $100.00" in nobody.get(link).text
