"""The portal on a phone, in a real browser: from the code to the receipt, links, languages, and that everybody can."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlmodel import select

from arbill_app.customers.models import Customer
from arbill_app.invoices.models import Invoice
from arbill_app.kernel.actor import job
from arbill_app.kernel.db import transactions
from tests.journeys.conftest import Opens
from tests.world import make_customer, make_invoice, user

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"viewport": {"width": 390, "height": 844}}
VISA = {"Card number": "4242 4242 4242 4242", "Expiry month": "08", "Expiry year": "2040", "Security code": "123"}
BANK = {"Account number": "000123456789"}
CLICKS = """
const count = () => sessionStorage.setItem("clicks", 1 + Number(sessionStorage.getItem("clicks") || 0));
addEventListener("click", (event) => event.isTrusted && count(), true);
"""


def partner_id(server: object) -> str:
    with transactions.across_partners() as session:
        return session.scalars(select(Customer).where(Customer.company == "Bluebird Dental")).one().partner_id


@pytest.fixture
def buyer(server: object, request: pytest.FixtureRequest) -> Callable[..., str]:
    """`buyer("Pine Yoga", "118.00", "43.00")`: somebody of a new customer that owes so much; their address."""

    def made(company: str, *amounts: str, **values: str) -> str:
        actor = job(partner_id(server))
        email = f"{company.split()[0].lower()}@{company.split()[-1].lower()}.example"
        customer = make_customer(actor, company, [user("Pia Moss", email)], **values)
        for i, amount in enumerate(amounts):
            make_invoice(actor, customer, amount, memo=f"Services {i + 1}")
        return email

    return made


def open_portal(opens: Opens, email: str, **how: object) -> Page:
    """Signed in with the code from the outbox."""
    page = opens("/portal", cookie="", **(PHONE | how))
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send code").click()
    expect(page).to_have_url(re.compile("/portal/code$"))
    outbox = page.context.new_page()
    outbox.goto("/outbox")
    letter = outbox.get_by_role("article").filter(has_text=f"<{email}>").first
    code = re.search(r"\b\d{6}\b", letter.inner_text())
    assert code
    outbox.close()
    page.get_by_label("Code", exact=True).fill(code[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/portal/cus_\w+$"))
    return page


def test_a_domain_in_letters_signs_in_from_a_browser(opens: Opens, server: object) -> None:
    """Chromium's email field sends xn--bcher-kva.example, whatever was typed."""
    email = "ida@bücher.example"
    make_customer(job(partner_id(server)), "Ida Books", [user("Ida Moss", email)])
    page = open_portal(opens, email)
    page.goto(f"{page.url}/details")
    expect(page.get_by_role("main")).to_contain_text(email)


def add_method(page: Page, typed: dict[str, str], kind: str = "", button: str = "Save") -> None:
    if kind:
        page.get_by_role("link", name=kind).click()
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    if kind:
        page.get_by_label("I agree").check()
    page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("kind", ["", "Bank account (ACH)"])
def test_paying_with_a_saved_method_takes_at_most_three_clicks(
    opens: Opens, buyer: Callable[..., str], kind: str
) -> None:
    email = buyer(f"{'Bank' if kind else 'Card'} Yoga", "118.00", "43.00")
    page = open_portal(opens, email)
    page.get_by_role("link", name="Payment methods").last.click()
    page.get_by_role("button", name="Add payment method").click()
    add_method(page, BANK if kind else VISA, kind)
    expect(page.get_by_role("status")).to_have_text("The payment method was added.")
    page.goto(page.url.partition("/methods")[0])
    page.evaluate("sessionStorage.clear()")
    page.context.add_init_script(CLICKS)
    page.reload()
    page.get_by_role("button", name="Pay $161.00").click()
    page.get_by_role("button", name="Pay now").click()
    ended = "$161.00 is on its way" if kind else "$161.00 paid"
    expect(page.get_by_role("heading", name=ended)).to_be_visible(timeout=20_000)
    assert page.evaluate("Number(sessionStorage.getItem('clicks'))") <= 3
    if not kind:
        page.get_by_role("link", name="See the receipt").click()
        expect(page.get_by_text("Visa ending 4242")).to_be_visible()


def test_some_of_the_invoices_and_a_part_of_one(opens: Opens, buyer: Callable[..., str]) -> None:
    page = open_portal(opens, buyer("Part Bakery", "100.00", "50.00", "25.00"))
    pay = page.get_by_role("button", name=re.compile("^Pay "))
    expect(pay).to_have_text("Pay $175.00")
    page.get_by_label(re.compile("Services 2")).uncheck()
    expect(pay).to_have_text("Pay $125.00")
    page.get_by_role("link", name="Another amount").click()
    page.get_by_label(re.compile("Services 2")).uncheck()
    page.get_by_label(re.compile("Services 3")).uncheck()
    page.get_by_label(re.compile("^Amount for")).first.fill("999")
    expect(pay).to_have_text("Pay $999.00")
    pay.click()
    expect(page.get_by_text("At most $100.00 can be paid")).to_be_visible()
    page.get_by_label(re.compile("^Amount for")).first.fill("40")
    pay.click()
    page.get_by_role("button", name="Add payment method").click()
    add_method(page, VISA)
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("heading", name="$40.00 paid")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("$135.00").first).to_be_visible()


def test_a_payment_link_is_paid_in_a_private_window(opens: Opens, buyer: Callable[..., str]) -> None:
    buyer("Link Garage", "88.00")
    with transactions.across_partners() as session:
        token = session.scalars(select(Invoice).where(Invoice.total == 8800)).one().link_token
    page = opens(f"/pay/{token}", cookie="", **PHONE)
    expect(page.get_by_text("Garage")).to_have_count(0)
    page.get_by_role("button", name="Pay $88.00").click()
    expect(page.get_by_role("heading", name="Pay $88.00")).to_be_visible()
    add_method(page, VISA, button="Continue")
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("heading", name="$88.00 paid")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("Nothing is owed on this invoice any more.")).to_be_visible()


def test_the_portal_speaks_french_to_a_french_customer_and_english_when_asked(
    opens: Opens, buyer: Callable[..., str]
) -> None:
    page = open_portal(opens, buyer("Clinique Fleury", "118.00", language="fr-CA"))
    expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
    expect(page.get_by_role("button", name=re.compile("^Payer 118,00"))).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en-US")
    expect(page.get_by_role("button", name="Pay $118.00")).to_be_visible()


def test_staff_look_on_and_nothing_can_be_changed(opens: Opens) -> None:
    from tests.journeys.conftest import profile_of

    page = opens(profile_of(None, "Bluebird Dental"))  # type: ignore[arg-type]
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="View as customer").click()
    shown = opened.value
    expect(shown.get_by_text("You see what Bluebird Dental sees.")).to_be_visible()
    shown.get_by_role("link", name="History").last.click()
    expect(shown.get_by_text("You see what Bluebird Dental sees.")).to_be_visible()
    shown.get_by_role("link", name="Stop").click()
    expect(shown).to_have_url(re.compile("/customers/cus_"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_every_page(opens: Opens, buyer: Callable[..., str], scheme: str) -> None:
    email = buyer(f"Axe {scheme.capitalize()}", "118.00", "43.00")
    page = open_portal(opens, email, color_scheme=scheme, viewport={"width": 360, "height": 740})
    home = page.url
    _check(page, "first")
    page.get_by_role("button", name="Pay $161.00").click()
    _check(page, "without a method")
    page.get_by_role("button", name="Add payment method").click()
    _check(page, "gateway")
    add_method(page, VISA)
    expect(page.get_by_role("button", name="Pay now")).to_be_visible()  # the page in between posts by itself
    _check(page, "sheet")
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("heading", name="$161.00 paid")).to_be_visible(timeout=20_000)
    _check(page, "paid")
    page.get_by_role("link", name="See the receipt").click()
    _check(page, "receipt")
    for path in ("/history", "/methods", "/statement", "/details", "/details/company", "/nowhere"):
        page.goto(home + path)
        _check(page, path)
    page.goto(f"{home}/history")
    page.locator("a.rowlink").first.click()
    _check(page, "invoice")


def _check(page: Page, which: str) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}}).response["violations"]
    assert [(which, one["id"], [node["html"] for node in one["nodes"]][:2]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{which} is wider than the phone"
