"""Money in a real Chromium: methods added, the five payment options, payments recorded, refunded, applied."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Opens, profile_of, section
from tests.journeys.test_create_invoice import NEW, choose, create
from tests.journeys.test_invoice_page import RULES, press
from tests.server import Server

GOOD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 9995"


def add_card(page: Page, number: str) -> None:
    """On the profile's tab, out to the gateway's page and back."""
    page.get_by_role("button", name="Add payment method").click()
    expect(page).to_have_url(re.compile("/sandbox/add/"))
    for label, value in (
        ("Card number", number),
        ("Expiry month", "12"),
        ("Expiry year", "2031"),
        ("Security code", "123"),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/customers/cus_\w+\?tab=methods$"))
    expect(section(page, "Payment methods")).to_contain_text(f"ending {number[-4:]}")


def with_card(opens: Opens, server: Server, company: str, *numbers: str) -> Page:
    page = opens(profile_of(server, company) + "?tab=methods")
    expect(section(page, "Payment methods")).to_be_visible()
    for number in numbers:
        add_card(page, number)
    return page


def invoiced(opens: Opens, company: str, amount: str, option: str, method: str = "") -> Page:
    """The page of a new invoice with this payment option."""
    page = opens(NEW)
    choose(page, company.split()[0].lower(), company)
    page.get_by_label("Amount", exact=True).fill(amount)
    page.get_by_role("radio", name=option, exact=True).check()
    if method:
        page.get_by_label("Payment method", exact=True).select_option(method)
    create(page)
    return page


def next_steps(page: Page) -> Locator:
    return section(page, "What happens next")


def status(page: Page, word: str) -> None:
    expect(page.get_by_role("main").get_by_text(word, exact=True).first).to_be_visible()


# ---------------------------------------------------------------- the five options


def test_charge_later_and_email_payment_link_charge_nothing(opens: Opens) -> None:
    for option in ("Charge later", "Email payment link"):
        page = invoiced(opens, "Foxglove Studio", "40", option)
        expect(section(page, "Payments")).to_contain_text("Nothing was paid or charged yet.")
        status(page, "Open")


def test_charge_now_shows_progress_and_the_result(opens: Opens, server: Server) -> None:
    with_card(opens, server, "Kestrel Aviation", GOOD)
    page = invoiced(opens, "Kestrel Aviation", "321", "Charge now")
    expect(section(page, "Payments")).to_contain_text("Visa ending 4242")
    expect(section(page, "Payments").get_by_role("link", name="Visa ending 4242")).to_be_visible(timeout=30_000)
    status(page, "Paid")
    expect(next_steps(page)).to_contain_text("Nothing more to do")


def test_declined_says_why_and_another_card_pays(opens: Opens, server: Server) -> None:
    with_card(opens, server, "Larkspur Veterinary", DECLINED, GOOD)
    page = invoiced(opens, "Larkspur Veterinary", "77", "Charge now")
    why = "There was not enough money available for this payment."
    expect(section(page, "Payments")).to_contain_text(why, timeout=30_000)
    expect(next_steps(page)).to_contain_text("Declined: Visa ending 9995")
    status(page, "Open")
    press(page, "Charge")
    dialog = page.get_by_role("dialog", name=re.compile("Charge INV-"))
    dialog.get_by_label("Payment method", exact=True).select_option("Visa ending 4242")
    dialog.get_by_role("button", name="Charge now").click()
    expect(section(page, "Payments").get_by_role("link", name="Visa ending 4242")).to_be_visible(timeout=30_000)
    status(page, "Paid")
    overview = opens("/")
    expect(overview.get_by_text("Received (30 days)")).to_be_visible()


def test_charge_method_on_file_charges_the_chosen_one(opens: Opens, server: Server) -> None:
    with_card(opens, server, "Meridian Title Agency", DECLINED, GOOD)
    page = invoiced(opens, "Meridian Title Agency", "55", "Charge method on file", "Visa ending 4242")
    expect(section(page, "Payments")).to_contain_text("Visa ending 4242")
    expect(section(page, "Payments").get_by_role("link", name="Visa ending 4242")).to_be_visible(timeout=30_000)


def test_auto_pay_makes_the_due_date_the_default_and_its_charge_can_be_cancelled(opens: Opens, server: Server) -> None:
    profile = with_card(opens, server, "Moss & Timber Cabins", GOOD)
    section(profile, "Auto Pay").get_by_role("button", name="Turn on").click()
    dialog = profile.get_by_role("dialog", name="Auto Pay")
    expect(dialog).to_contain_text("Moss & Timber Cabins lets Northgate IT charge its default payment method")
    dialog.get_by_role("button", name="Turn on").click()
    expect(section(profile, "Auto Pay")).to_contain_text("by Mara Kent")
    expect(section(profile, "Auto Pay")).to_contain_text("Charged next")
    page = opens(NEW)
    choose(page, "moss", "Moss & Timber Cabins")
    expect(page.get_by_role("radio", name="Charge on due date", exact=True)).to_be_checked()
    page.get_by_label("Amount", exact=True).fill("90")
    create(page)
    expect(next_steps(page)).to_contain_text("Charge $90.00 to Visa ending 4242")
    section(page, "Payments").get_by_role("button", name="Cancel planned charge").click()
    expect(section(page, "Payments")).to_contain_text("Nothing was paid or charged yet.")
    expect(next_steps(page)).not_to_contain_text("Charge $90.00")
    section(profile, "Payment methods").get_by_role("button", name="Remove Visa ending 4242").click()
    removal = profile.get_by_role("dialog", name="Remove payment method")
    expect(removal).to_contain_text("Auto Pay of Moss & Timber Cabins charges it.")
    removal.get_by_role("button", name="Remove").click()
    expect(section(profile, "Payment methods")).to_contain_text("No payment method yet.")


# ---------------------------------------------------------------- recorded by hand


def recording(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Record payment")


def test_one_check_pays_two_invoices_and_the_rest_stays_on_account(opens: Opens) -> None:
    for amount in ("100", "80"):
        invoiced(opens, "Sable Insurance Agency", amount, "Charge later")
    page = opens("/")
    page.get_by_role("button", name="Quick insert").click()
    page.get_by_role("menuitem", name="Record payment").click()
    dialog = recording(page)
    dialog.get_by_role("combobox", name="Customer", exact=True).fill("sable")
    page.get_by_role("option", name="Sable Insurance Agency").click()
    dialog.get_by_label("Amount", exact=True).fill("200")
    dialog.get_by_label("Reference", exact=True).fill("7781")
    expect(dialog).to_contain_text("$20.00 stays on account for Sable Insurance Agency.")
    expect(dialog.get_by_label("Email a receipt", exact=True)).to_be_checked()
    dialog.get_by_role("button", name="Record payment").click()
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/payments$"))
    row = page.get_by_role("row").filter(has_text="7781")
    expect(row).to_contain_text("On account")
    row.get_by_role("link").click()
    expect(section(page, "Invoices it pays")).to_contain_text("$80.00")
    expect(section(page, "Invoices it pays")).to_contain_text("$20.00")
    expect(page.get_by_role("button", name="Send receipt again")).to_be_visible()
    expect(section(page, "Payment")).to_contain_text("Sent to ")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download receipt").click()
    assert saved.value.suggested_filename.startswith("Receipt ")


def test_a_partial_payment_and_money_on_account_applied(opens: Opens) -> None:
    page = invoiced(opens, "Northlake Credit Union", "500", "Charge later")
    press(page, "Record payment")
    dialog = recording(page)
    expect(dialog.get_by_label("Amount", exact=True)).to_be_focused()
    expect(dialog.get_by_label("Amount", exact=True)).to_have_value("500.00")
    dialog.get_by_label("Amount", exact=True).fill("120.505")
    dialog.get_by_role("button", name="Record payment").click()
    expect(dialog).to_contain_text("has 2 decimals.")
    dialog.get_by_label("Amount", exact=True).fill("120.50")
    dialog.get_by_label("How", exact=True).select_option("Wire")
    dialog.get_by_role("button", name="Record payment").click()
    expect(dialog).to_be_hidden()
    status(page, "Partly paid")
    expect(section(page, "Payments")).to_contain_text("Wire")
    again = invoiced(opens, "Juniper Accounting", "60", "Charge later")
    again.get_by_role("button", name="Apply credit").click()
    status(again, "Paid")


def test_a_refund_says_what_it_does_and_the_invoice_is_owed_again(opens: Opens) -> None:
    page = invoiced(opens, "Granite Peak Builders", "250", "Charge later")
    press(page, "Record payment")
    recording(page).get_by_role("button", name="Record payment").click()
    status(page, "Paid")
    section(page, "Payments").get_by_role("link", name="Check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment of $250.00")
    press(page, "Refund")
    dialog = page.get_by_role("dialog", name="Refund")
    dialog.get_by_label("Amount", exact=True).fill("50")
    dialog.get_by_label("Reason", exact=True).select_option("Billing error")
    dialog.get_by_label("The invoice is owed again").check()
    expect(dialog).to_contain_text("$50.00 is owed again on its invoices.")
    dialog.get_by_role("button", name="Refund", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(section(page, "Refunds")).to_contain_text("Billing error")
    status(page, "Partly refunded")
    section(page, "Invoices it pays").get_by_role("link").click()
    status(page, "Partly paid")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_assistive_technology(opens: Opens, server: Server, scheme: str) -> None:
    def clean(page: Page) -> None:
        assert Axe().run(page, options=RULES).response["violations"] == []

    page = opens("/payments", color_scheme=scheme)
    expect(page.get_by_role("link", name=re.compile(r"Payment of \$.+ from .+, .+ 20\d\d")).first).to_be_visible()
    clean(page)
    page.goto(profile_of(server, "Bluebird Dental") + "?tab=methods")
    expect(section(page, "Auto Pay")).to_contain_text("On since")
    clean(page)
    page.get_by_role("button", name="Remove Visa ending 4242").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    clean(page)
    page.goto("/payments?record=1")
    recording(page).get_by_role("combobox", name="Customer", exact=True).fill("evergreen")
    page.get_by_role("option", name="Evergreen Property Group").click()
    recording(page).get_by_label("Amount", exact=True).fill("5000")
    expect(recording(page)).to_contain_text("Invoices it pays")
    clean(page)
    page.goto("/payments")
    page.get_by_role("row").filter(has_text="Juniper").get_by_role("link").first.click()
    expect(section(page, "Invoices it pays")).to_be_visible()
    clean(page)
    press(page, "Refund")
    expect(page.get_by_role("dialog")).to_be_visible()
    clean(page)
