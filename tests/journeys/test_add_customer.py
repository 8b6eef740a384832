"""The main job: a customer added in two steps, whatever happens in between."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from arbill_app.customers.models import Customer
from arbill_app.kernel.db.transactions import across_partners
from tests.journeys.conftest import ADDRESS, Opens, fill, finish, modal, profile_of, start
from tests.server import Server

PROFILE = re.compile(r"/customers/cus_\w+\?created=1")


def how_many(company: str) -> int:
    with across_partners() as session:
        return len(session.scalars(select(Customer).where(Customer.company == company)).all())


def test_by_mouse(page: Page) -> None:
    finish(start(page, "Ferngrove Dairy"), "rowan@ferngrove.example")
    expect(page).to_have_url(PROFILE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ferngrove Dairy")
    expect(page.get_by_role("region", name="What happens next")).to_be_visible()
    expect(page.get_by_role("region", name="Contacts")).to_contain_text("rowan@ferngrove.example")
    page.goto("/outbox")
    expect(page.get_by_role("article").first).to_contain_text("Ferngrove Dairy")


def test_by_keyboard_alone(page: Page) -> None:
    expect(page.get_by_role("button", name="Add customer")).to_be_visible()
    page.locator("body").press("n")
    expect(modal(page).get_by_label("Company", exact=True)).to_be_focused()
    type_ = page.keyboard.type
    press = page.keyboard.press
    type_("Keystroke Press")
    for text in ("Keystroke Press LLC", "123456789", "1 Type Lane", "", "Montréal"):
        press("Tab")
        type_(text)
    press("Tab")  # State/Province, while the country is still the United States
    for _ in range(2):
        press("Tab")
    expect(modal(page).get_by_label("Country", exact=True)).to_be_focused()
    type_("Can")
    expect(modal(page).get_by_label("Country", exact=True)).to_have_value("CA")
    for _ in range(2):
        press("Shift+Tab")
    type_("qu")
    press("ArrowDown")
    press("Enter")
    expect(modal(page).get_by_label("State/Province", exact=True)).to_have_value("Quebec")
    press("Tab")
    type_("h2y1c6")
    press("Enter")
    expect(modal(page).get_by_label("First name", exact=True)).to_be_focused()
    type_("Ida")
    press("Tab")
    type_("Moss")
    press("Tab")
    type_("ida@keystroke.example")
    press("Enter")
    expect(page).to_have_url(PROFILE)
    expect(page.get_by_role("region", name="Billing address")).to_contain_text("H2Y 1C6")
    expect(page.get_by_role("region", name="Business information")).to_contain_text("12-3456789")


def test_continue_says_all_that_is_missing_and_focuses_the_first(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    dialog.get_by_role("button", name="Continue").click()
    said = [
        "Enter the company name.",
        "Enter the address.",
        "Enter the city.",
        "Choose a state.",
        "Enter the ZIP code.",
    ]
    for sentence in said:
        expect(dialog.get_by_text(sentence)).to_be_visible()
    company = dialog.get_by_label("Company", exact=True)
    expect(company).to_be_focused()
    expect(company).to_have_attribute("aria-invalid", "true")
    expect(company).to_have_accessible_description("Enter the company name.")


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("EIN", "12345", "Enter the 9 digits of the EIN"),
        ("State/Province", "Oho", "Did you mean Ohio"),
        ("ZIP/Postal Code", "4321", "Did you mean 04321"),
        ("ZIP/Postal Code", "K1A 0B1", "Canadian postal code"),
    ],
)
def test_a_wrong_field_is_explained_as_one_leaves_it(page: Page, label: str, typed: str, said: str) -> None:
    page.get_by_role("button", name="Add customer").click()
    field = modal(page).get_by_label(label, exact=True)
    field.fill(typed)
    field.blur()
    expect(modal(page).get_by_text(said)).to_be_visible()
    expect(field).to_have_value(typed)


def test_fields_take_their_usual_form(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    for label, typed, usual in (
        ("EIN", "12 3456789", "12-3456789"),
        ("State/Province", "oh", "Ohio"),
        ("ZIP/Postal Code", "432151234", "43215-1234"),
    ):
        field = dialog.get_by_label(label, exact=True)
        field.fill(typed)
        field.blur()
        expect(field).to_have_value(usual)


def test_an_ein_that_was_never_issued_is_a_warning_and_no_more(page: Page) -> None:
    dialog = start(page, "Never Issued Co", EIN="07-1234567")
    dialog.get_by_role("button", name="Back").click()
    expect(dialog.get_by_text("EINs never start with 07")).to_be_visible()


def test_a_zip_of_another_state_is_corrected_with_one_click(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    fill(dialog, Company="Lakeside Rope", **(ADDRESS | {"ZIP/Postal Code": "48215"}))
    dialog.get_by_label("ZIP/Postal Code", exact=True).blur()
    expect(dialog.get_by_text("48215 is in Michigan.")).to_be_visible()
    dialog.get_by_role("button", name="Use Michigan").click()
    expect(dialog.get_by_label("State/Province", exact=True)).to_have_value("Michigan")
    expect(dialog.get_by_text("48215 is in Michigan.")).to_be_hidden()


def test_canada_has_its_own_rules(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    dialog.get_by_label("Country", exact=True).select_option(label="Canada")
    fill(dialog, Company="Nord Mobilier", Address="1 rue Neuve", City="Québec")
    dialog.get_by_label("State/Province", exact=True).fill("Québec")
    postal = dialog.get_by_label("ZIP/Postal Code", exact=True)
    postal.fill("D1A 1A1")
    postal.blur()
    expect(dialog.get_by_text("postal code such as K1A 0B1")).to_be_visible()
    postal.fill("g1r4p5")
    postal.blur()
    expect(postal).to_have_value("G1R 4P5")
    dialog.get_by_text("More details").click()
    expect(dialog.get_by_label("Billing Currency")).to_have_value("CAD")


def test_more_details_are_kept(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    fill(dialog, Company="Detailed Dynamics", **ADDRESS)
    dialog.get_by_text("More details").click()
    expect(dialog.get_by_label("Payment Terms")).to_have_value("30")
    expect(dialog.get_by_label("Tax Rate", exact=True)).to_have_value("0.00")
    dialog.get_by_label("Tax Rate", exact=True).fill("8.875")
    dialog.get_by_label("Payment Terms").select_option(label="Custom days")
    dialog.get_by_label("Days", exact=True).fill("21")
    dialog.get_by_label("External ID", exact=True).fill("DD-1")
    dialog.get_by_role("button", name="Add another external ID").click()
    dialog.get_by_label("External ID 2", exact=True).fill("DD-2")
    dialog.get_by_label("VIP", exact=True).check()
    dialog.get_by_label("Same as billing").uncheck()
    dialog.get_by_label("Address", exact=True).nth(1).fill("9 Dock Road")
    dialog.get_by_label("City", exact=True).nth(1).fill("Toledo")
    dialog.get_by_label("State/Province", exact=True).nth(1).fill("OH")
    dialog.get_by_label("ZIP/Postal Code", exact=True).nth(1).fill("43604")
    dialog.get_by_role("button", name="Continue").click()
    finish(dialog, "dee@detailed.example")
    expect(page).to_have_url(PROFILE)
    for region, text in (
        ("Business information", "Net 21"),
        ("Tax settings", "8.875%"),
        ("External identifiers (Aliases)", "DD-2"),
        ("Tags and group", "VIP"),
        ("Shipping address", "9 Dock Road"),
    ):
        expect(page.get_by_role("region", name=region)).to_contain_text(text)


def test_a_new_tag_is_added_in_the_modal_unless_there_is_one(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    dialog.get_by_text("More details").click()
    tag = dialog.get_by_label("New tag")
    tag.fill("vip")
    tag.blur()
    expect(dialog.get_by_text("There is a tag of this name already.")).to_be_visible()
    tag.fill("Seasonal")
    tag.blur()
    expect(dialog.get_by_label("Seasonal", exact=True)).to_be_checked()
    expect(dialog.get_by_text("There is a tag of this name already.")).to_be_hidden()


def test_a_known_customer_is_hinted_at_while_typing(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    modal(page).get_by_label("Company", exact=True).press_sequentially("Bluebird Dental Inc")
    hint = modal(page).get_by_text("Looks like Bluebird Dental")
    expect(hint).to_be_visible()
    modal(page).get_by_role("link", name="open it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bluebird Dental")


def test_back_keeps_what_was_typed(page: Page) -> None:
    dialog = start(page, "Backwards Bakery")
    fill(dialog, **{"First name": "Nia", "Email": "nia@backwards.example"})
    dialog.get_by_role("button", name="Back").click()
    expect(dialog.get_by_label("Company", exact=True)).to_have_value("Backwards Bakery")
    expect(dialog.get_by_label("State/Province", exact=True)).to_have_value("Ohio")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_label("First name", exact=True)).to_have_value("Nia")
    expect(dialog.get_by_label("Email", exact=True)).to_have_value("nia@backwards.example")


def test_users_are_checked_and_more_can_be_added(page: Page) -> None:
    dialog = start(page, "Crowded House")
    dialog.get_by_role("button", name="Create Customer").click()
    expect(dialog.get_by_text("Enter the first name.")).to_be_visible()
    expect(dialog.get_by_label("First name", exact=True)).to_be_focused()
    fill(dialog, **{"First name": "Uma", "Last name": "Reed", "Email": "uma@crowded.example"})
    dialog.get_by_role("button", name="Add another user").click()
    for label, value in (("First name", "Vic"), ("Last name", "Reed"), ("Email", "UMA@crowded.example")):
        dialog.get_by_label(label, exact=True).nth(1).fill(value)
    dialog.get_by_role("button", name="Create Customer").click()
    expect(dialog.get_by_text("This email stands here twice.")).to_be_visible()
    dialog.get_by_label("Email", exact=True).nth(1).fill("vic@crowded.example")
    dialog.get_by_role("button", name="Create Customer").click()
    expect(page).to_have_url(PROFILE)
    expect(page.get_by_role("region", name="Contacts")).to_contain_text("vic@crowded.example")


def test_a_press_counts_though_the_error_above_goes_and_everything_moves(page: Page) -> None:
    dialog = start(page, "Steady Hands")
    fill(dialog, **{"First name": "Sue", "Last name": "Hand", "Email": "sue"})
    dialog.get_by_role("button", name="Create Customer").click()
    expect(dialog.get_by_text("Enter an email address such as name@company.com.")).to_be_visible()
    dialog.get_by_label("Email", exact=True).fill("sue@steady.example")
    place = dialog.get_by_role("button", name="Create Customer").bounding_box()
    assert place
    page.mouse.move(place["x"] + 20, place["y"] + place["height"] - 4)
    page.mouse.down()
    expect(dialog.get_by_text("Enter an email address such as name@company.com.")).to_be_hidden()
    page.mouse.up()
    expect(page).to_have_url(PROFILE)


def test_typing_survives_closing_and_a_reload_before_continue(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    fill(modal(page), Company="Interrupted Ink", Address="5 Pause Place")
    modal(page).get_by_label("City", exact=True).focus()
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    expect(modal(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Add customer")).to_be_focused()
    page.get_by_role("button", name="Add customer").click()
    expect(modal(page).get_by_label("Address", exact=True)).to_have_value("5 Pause Place")
    page.reload()
    expect(modal(page).get_by_label("Company", exact=True)).to_have_value("Interrupted Ink")


def test_closed_midway_it_is_resumed_from_the_list(page: Page, opens: Opens) -> None:
    dialog = start(page, "Halfway Hardware")
    dialog.get_by_role("button", name="Finish later").click()
    row = page.get_by_role("row").filter(has_text="Halfway Hardware")
    expect(row).to_contain_text("Setup not finished")
    elsewhere = opens("/customers?status=setup")
    elsewhere.get_by_role("row").filter(has_text="Halfway Hardware").get_by_role("button", name="Finish setup").click()
    finish(modal(elsewhere), "hal@halfway.example")
    expect(elsewhere).to_have_url(PROFILE)
    assert how_many("Halfway Hardware") == 1


def test_a_reload_after_continue_is_still_at_step_two(page: Page) -> None:
    start(page, "Reloaded Rugs")
    expect(page).to_have_url(re.compile("finish=cus_"))
    page.reload()
    finish(modal(page), "rita@reloaded.example")
    expect(page).to_have_url(PROFILE)
    assert how_many("Reloaded Rugs") == 1


def test_a_setup_can_be_discarded(page: Page) -> None:
    start(page, "Discarded Drapes").get_by_role("button", name="Finish later").click()
    page.get_by_role("row").filter(has_text="Discarded Drapes").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Setup discarded.")).to_be_visible()
    assert how_many("Discarded Drapes") == 0


def test_impatient_clicks_make_one_customer(page: Page) -> None:
    page.get_by_role("button", name="Add customer").click()
    dialog = modal(page)
    fill(dialog, Company="Double Click Deli", **ADDRESS)
    dialog.get_by_role("button", name="Continue").dblclick()
    fill(dialog, **{"First name": "Di", "Last name": "Dot", "Email": "di@doubleclick.example"})
    dialog.get_by_label("Email", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/customers/cus_\w+"))
    assert how_many("Double Click Deli") == 1


def test_two_tabs_finish_one_setup_once(page: Page, opens: Opens) -> None:
    dialog = start(page, "Twin Tabs")
    expect(page).to_have_url(re.compile(r"\?finish="))
    other = opens(page.url)
    finish(modal(other), "tia@twintabs.example")
    expect(other).to_have_url(PROFILE)
    finish(dialog, "tim@twintabs.example")
    expect(page).to_have_url(re.compile(r"/customers/cus_\w+$"))
    expect(page.get_by_role("region", name="Contacts")).to_contain_text("tia@twintabs.example")
    assert how_many("Twin Tabs") == 1


def test_a_dropped_connection_loses_nothing(page: Page, server: Server) -> None:
    dialog = start(page, "Dropped Line Telecom")
    server.stop()
    fill(dialog, **{"First name": "Dora", "Last name": "Line", "Email": "dora@dropped.example"})
    server.start()
    expect(page.get_by_text("Cannot connect to server")).to_be_hidden(timeout=30_000)
    page.goto(page.url)
    finish(modal(page), "dora@dropped.example", "Dora", "Line")
    expect(page).to_have_url(PROFILE)
    assert how_many("Dropped Line Telecom") == 1


def test_from_the_quick_insert_menu(opens: Opens, server: Server) -> None:
    page = opens(profile_of(server, "Bluebird Dental"))
    page.get_by_role("button", name="Quick insert").click()
    page.get_by_role("menuitem", name="New customer").click()
    expect(modal(page).get_by_label("Company", exact=True)).to_be_focused()
